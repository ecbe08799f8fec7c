package handlers_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// docs is a tab with the docs page.
type docs struct{ *chromium.Page }

// openDocs opens the docs in a tab. The page may send requests to the others, too.
func openDocs(t *testing.T, browser chromium.Browser, origin string, others ...string) docs {
	t.Helper()
	p := docs{browser.Open(t, origin, "/docs/", others...)}
	p.Do(t, chromedp.WaitVisible(operation))
	return p
}

// operation is the call that most tests execute; live is where a call shows its response.
const (
	operation = "#operations-Costs-getUsages"
	catalog   = ` tr[data-param-name="catalog"] input`
	live      = " .live-responses-table"

	tokenField = ".modal-ux #auth-bearer-value" // of the dialog of Authorize
)

// authorize puts a token into the dialog of Authorize.
func (p docs) authorize(t *testing.T, token string) {
	t.Helper()
	p.Do(t, chromedp.SendKeys(tokenField, token), chromedp.Click(".modal-ux form:has(#auth-bearer-value) button.authorize"),
		chromedp.WaitNotPresent(tokenField))
}

// execute unfolds a call and executes it as it stands. Swagger UI shows the button before it knows the call's parameters, of which ready is
// a part of one, and a click in between has no effect ever after.
func (p docs) execute(t *testing.T, operation, ready string) {
	t.Helper()
	p.Do(t, chromedp.Click(operation+" button.opblock-summary-control"),
		chromedp.WaitVisible(operation+ready), chromedp.Click(operation+" button.execute"),
		chromedp.WaitVisible(operation+live+" .response-col_status"))
}

// wantResponse checks what the page shows of a 200, returns all that it shows, and checks that the page has no faults.
func (p docs) wantResponse(t *testing.T, operation string, parts ...string) (shown string) {
	t.Helper()
	shown = p.Text(t, operation+live)
	if status := p.Text(t, operation+live+" .response .response-col_status"); !strings.HasPrefix(status, "200") {
		t.Errorf("%s: status %q: %.500s", operation, status, shown)
	}
	for _, want := range parts {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not shown: %q", want, shown)
		}
	}
	p.wantNoFaults(t)
	return shown
}

// wantNoFaults checks that the page did nothing that a good page does not. Chromium has advice on Swagger UI's own forms.
func (p docs) wantNoFaults(t *testing.T) {
	t.Helper()
	faults := slices.DeleteFunc(p.Faults(), func(fault string) bool { return strings.HasPrefix(fault, chromium.Advice) })
	if len(faults) > 0 {
		t.Errorf("the page has faults: %q", faults)
	}
}

// What people do with the docs, in one browser.
func TestSwaggerUIInChromium(t *testing.T) {
	t.Parallel()
	browser := chromium.Start(t)
	t.Run("by everyone", func(t *testing.T) { docsAreAccessible(t, browser) })
	t.Run("the pages around", func(t *testing.T) { pagesAreAccessible(t, browser) })
	t.Run("without tokens", func(t *testing.T) { executesAsItStands(t, browser) })
	t.Run("with a token", func(t *testing.T) { authorizes(t, browser, "") })
	t.Run("with a token and its scheme", func(t *testing.T) { authorizes(t, browser, "Bearer ") })
	t.Run("with a login", func(t *testing.T) { logsIn(t, browser) })
	t.Run("with a login that is refused", func(t *testing.T) { isRefused(t, browser) })
	t.Run("with a long response", func(t *testing.T) { staysShort(t, browser) })
	t.Run("from another origin", func(t *testing.T) { sendsFromAnotherOrigin(t, browser) })
	t.Run("every call", func(t *testing.T) { executesEverything(t, browser) })
}

// A person executes every call as it stands, and sees every parameter and a response of the stand-in.
func executesEverything(t *testing.T, browser chromium.Browser) {
	p := openDocs(t, browser, startGateway(t).url)
	for _, o := range theContract(t).operations {
		operation, ready := "#operations-"+o.Tags[0]+"-"+o.OperationId, ""
		if o.Parameters != nil {
			ready = catalog
		}
		p.execute(t, operation, ready)
		p.wantResponse(t, operation, "x-request-id:")
		for _, parameter := range o.Parameters {
			p.Text(t, fmt.Sprintf("%s tr[data-param-name=%q]", operation, parameter.Name))
		}
		p.Do(t, chromedp.Click(operation+" button.opblock-summary-control")) // so that the next one stays on the screen
	}
}

// A person opens the page, unfolds a call, executes it as it stands, and sees a hit with its headers.
func executesAsItStands(t *testing.T, browser chromium.Browser) {
	a := newAPI(t)
	a.get("/v1/azure/usages")
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openDocs(t, browser, server.URL)
	if title := p.Text(t, "h1"); title != "rocket-gateway" {
		t.Errorf("title %q", title)
	}
	p.execute(t, operation, catalog)
	p.wantResponse(t, operation, "cache-status: rocket-gateway; hit;", `"id": "1"`)
}

// A person with a token puts it into Authorize, executes a call as it stands, and sees its own rows.
func authorizes(t *testing.T, browser chromium.Browser, scheme string) {
	a := newAPI(t, withTokens(t))
	a.responds(array(rows[:]...))
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openDocs(t, browser, server.URL)
	p.Do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(tokenField))
	p.authorize(t, scheme+a.person("ana", customers("c-1", "c-2")).token)
	p.Do(t, chromedp.Click(".modal-ux button.btn-done"), chromedp.WaitNotPresent(".modal-ux"))
	p.execute(t, operation, catalog)
	shown := p.wantResponse(t, operation, "cache-status: rocket-gateway; fwd=miss; fwd-status=200; stored", `etag: W/"`, `"id": "c-1"`)
	if strings.Contains(shown, "c-3") {
		t.Errorf("rows of others are shown: %q", shown)
	}
}

// A long response scrolls in a box, and makes the page little longer.
func staysShort(t *testing.T, browser chromium.Browser) {
	const tree = "#operations-Breakdowns-getByCategory"
	a := newAPI(t)
	a.responds(`{"name":"all","children":[` + strings.Repeat(`{"name":"part","value":1},`, 5000) + `{"name":"last","value":1}]}`)
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openDocs(t, browser, server.URL)
	height := func(selector string) int {
		return chromium.Get(t, p.Page, chromedp.Evaluate[int](`document.querySelector("`+selector+`").scrollHeight`))
	}
	p.Do(t, chromedp.Click(tree+" button.opblock-summary-control"), chromedp.WaitVisible(tree+catalog))
	before := height("html")
	p.Do(t, chromedp.Click(tree+" button.execute"), chromedp.WaitVisible(tree+live+" .download-contents"))
	if grown := height("html") - before; grown > 2000 {
		t.Errorf("the response makes the page %d pixels longer", grown)
	}
	if got := height(tree + live + " .highlight-code pre"); got < 100_000 {
		t.Errorf("the text in the box is %d pixels long: is that all?", got)
	}
}
