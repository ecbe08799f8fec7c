package console_test

import (
	"flag"
	"net/http/httptest"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/console"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

var pictureFile = flag.String("picture", "", "write the picture of docs/monitoring.md here")

// inspection returns the background, and everything that is wider than the window or has less contrast than WCAG 2 AA demands: 4.5, of
// large text 3.
const inspection = `(() => {
	const channels = color => color.match(/[\d.]+/g).map(Number);
	const luminance = color => channels(color).slice(0, 3).map(c => c / 255)
		.map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
		.reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
	const opaque = e => {
		const color = getComputedStyle(e).backgroundColor, alpha = channels(color)[3];
		return alpha === 0 ? opaque(e.parentElement) : color;
	};
	const faults = [];
	let texts = 0;
	for (const e of document.body.querySelectorAll('*')) {
		if (e.getBoundingClientRect().right > innerWidth) faults.push('too wide: ' + e.outerHTML.slice(0, 200));
		if (![...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim())) continue;
		texts++;
		const style = getComputedStyle(e), size = parseFloat(style.fontSize);
		const [dark, light] = [luminance(style.color), luminance(opaque(e))].sort((a, b) => a - b);
		const contrast = (light + 0.05) / (dark + 0.05);
		const enough = size >= 24 || size >= 18.66 && style.fontWeight >= 700 ? 3 : 4.5;
		if (contrast < enough) faults.push('contrast ' + contrast.toFixed(2) + ': ' + e.outerHTML.slice(0, 200));
	}
	if (document.documentElement.scrollWidth > innerWidth) faults.push('scrolls to ' + document.documentElement.scrollWidth);
	return {background: getComputedStyle(document.body).backgroundColor, texts, faults};
})()`

func TestInChromium(t *testing.T) {
	browser := chromium.Start(t)
	for _, name := range []string{"busy", "broken", "idle"} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(console.Handler(recorded(t, name+".prom"), func() time.Time { return noon }))
			defer server.Close()
			p := browser.Open(t, server.URL, "/?refresh=off")
			backgrounds := map[string][]string{}
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{1280, 390} {
					p.Show(t, width, 800, theme)
					backgrounds[theme] = append(backgrounds[theme], inspect(t, p))
					for _, violation := range p.Axe(t) {
						t.Errorf("%s, %d pixels: %s", theme, width, violation)
					}
				}
			}
			if light, dark := backgrounds["light"], backgrounds["dark"]; light[0] == dark[0] || light[0] != light[1] || dark[0] != dark[1] {
				t.Errorf("the backgrounds are %v", backgrounds)
			}
			if faults := p.Faults(); len(faults) > 0 {
				t.Errorf("the page has faults: %q", faults)
			}
		})
	}
}

// inspect checks the layout and the colours of the page, and returns its background.
func inspect(t *testing.T, p *chromium.Page) (background string) {
	t.Helper()
	found := chromium.Get(t, p, chromedp.Evaluate[struct {
		Background string
		Texts      int
		Faults     []string
	}](inspection))
	if found.Texts < 50 {
		t.Errorf("found %d texts; are these all?", found.Texts)
	}
	for _, fault := range slices.Compact(found.Faults) {
		t.Error(fault)
	}
	return found.Background
}

// The picture shows the top of the page while Rocket fails and Redis does not reply.
func TestPicture(t *testing.T) {
	if *pictureFile == "" {
		t.Skip("make console-picture draws it")
	}
	server := httptest.NewServer(console.Handler(recorded(t, "broken.prom"), func() time.Time { return noon }))
	defer server.Close()
	p := chromium.Start(t).Open(t, server.URL, "/")
	p.Show(t, 1000, 700, "light")
	if err := os.WriteFile(*pictureFile, chromium.Get(t, p, chromedp.CaptureScreenshot()), 0o600); err != nil {
		t.Fatal(err)
	}
}
