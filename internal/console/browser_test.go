package console_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/console"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var pictureFile = flag.String("picture", "", "write the picture of docs/monitoring.md here")

// tab is a tab of a real Chromium and what it did that a good page does not.
type tab struct {
	ctx    context.Context
	mu     sync.Mutex
	faults []string // guarded by mu: messages of errors, violations of the policy, and requests to other origins
}

// open opens the page in a Chromium that ends with the test.
func open(t *testing.T, origin, path string) *tab {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(testkit.Program(t, "chromium", "chromium", "chromium-browser", "google-chrome")),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	if err := chromedp.Do(browser); err != nil {
		t.Fatal(err)
	}
	ctx, cancel = chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, testkit.Patience)
	t.Cleanup(cancel)
	p := &tab{ctx: ctx}
	if err := chromedp.Listen(ctx, func(event any) { p.watch(event, origin) }); err != nil {
		t.Fatal(err)
	}
	p.do(t, chromedp.Navigate(origin+path))
	return p
}

func (p *tab) watch(event any, origin string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, origin+"/") && !strings.HasPrefix(url, "data:") {
			p.faults = append(p.faults, "request to "+url)
		}
	case *log.EventEntryAdded:
		p.faults = append(p.faults, "log: "+e.Entry.Text)
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, "exception: "+e.ExceptionDetails.Text)
	}
}

func (p *tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// show sets the size of the window, and the theme that the user prefers.
func (p *tab) show(t *testing.T, width int64, theme string) {
	t.Helper()
	p.do(t, chromedp.EmulateViewport(width, 800), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	}))
}

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
	for _, name := range []string{"busy", "broken", "idle"} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(console.Handler(recorded(t, name+".prom"), func() time.Time { return noon }))
			defer server.Close()
			p := open(t, server.URL, "/?refresh=off")
			backgrounds := map[string][]string{}
			for _, theme := range []string{"light", "dark"} {
				for _, width := range []int64{1280, 390} {
					p.show(t, width, theme)
					backgrounds[theme] = append(backgrounds[theme], p.inspect(t))
				}
			}
			if light, dark := backgrounds["light"], backgrounds["dark"]; light[0] == dark[0] || light[0] != light[1] || dark[0] != dark[1] {
				t.Errorf("the backgrounds are %v", backgrounds)
			}
			p.mu.Lock()
			defer p.mu.Unlock()
			if len(p.faults) > 0 {
				t.Errorf("the page has faults: %q", p.faults)
			}
		})
	}
}

// inspect checks the layout and the colours of the page, and returns its background.
func (p *tab) inspect(t *testing.T) (background string) {
	t.Helper()
	found, err := chromedp.Run(p.ctx, chromedp.Evaluate[struct {
		Background string
		Texts      int
		Faults     []string
	}](inspection))
	if err != nil {
		t.Fatal(err)
	}
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
	p := open(t, server.URL, "/")
	p.show(t, 1000, "light")
	p.do(t, chromedp.EmulateViewport(1000, 700))
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(*pictureFile, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
