package handlers_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// wantAccessible checks that the page breaks no rule of accessibility on large and small screens.
func wantAccessible(t *testing.T, what string, p *chromium.Page, themes ...string) {
	t.Helper()
	for _, theme := range themes {
		for _, width := range []int64{1280, 390} {
			p.Show(t, width, 2400, theme)
			for _, violation := range p.Axe(t) {
				t.Errorf("%s, %s, %d pixels: %s", what, theme, width, violation)
			}
		}
	}
}

// The docs are accessible in every state that people see, those of Swagger UI included, which has no dark theme.
func docsAreAccessible(t *testing.T, browser chromium.Browser) {
	i := newIDP(t)
	a := newAPI(t, withTokens(t), i.withLogin)
	a.responds(array(rows[:]...))
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openDocs(t, browser, server.URL)
	p.Do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(tokenField))
	wantAccessible(t, "Authorize", p.Page, "light")
	p.authorize(t, a.person("ana", customers("c-1")).token)
	wantAccessible(t, "Authorize with a token", p.Page, "light")
	p.Do(t, chromedp.Click(".modal-ux button.btn-done"), chromedp.WaitNotPresent(".modal-ux"))
	p.execute(t, operation, catalog)
	wantAccessible(t, "a response", p.Page, "light")
}

// The other pages are accessible, too.
func pagesAreAccessible(t *testing.T, browser chromium.Browser) {
	server := httptest.NewServer(newAPI(t).handler)
	defer server.Close()
	for _, path := range []string{"/", "/problems/forbidden", "/docs/oauth2-redirect.html"} {
		p := browser.Open(t, server.URL, path)
		wantAccessible(t, path, p, "light", "dark")
		own := func(fault string) bool { return strings.Contains(fault, "Scripts may close only the windows") } // that a login opens
		if faults := slices.DeleteFunc(p.Faults(), own); len(faults) > 0 {
			t.Errorf("%s has faults: %q", path, faults)
		}
	}
}
