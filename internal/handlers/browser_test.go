package handlers_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// page is a tab of a real Chromium and what it did that a good page does not.
type page struct {
	ctx    context.Context
	mu     sync.Mutex
	faults []string // guarded by mu: messages of errors, and requests to other hosts
}

// chromium starts a browser that ends with the test.
func chromium(t *testing.T) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(testkit.Program(t, "chromium", "chromium", "chromium-browser", "google-chrome")),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("window-size", "1200,2400"))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	return ctx
}

// openPage opens a tab of the browser at the docs. The page may send requests to the others, too.
func openPage(browser context.Context, t *testing.T, origin string, others ...string) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	p := &page{ctx: ctx}
	if err := chromedp.Listen(ctx, func(event any) { p.watch(event, append(others, origin, "data:")) }); err != nil {
		t.Fatal(err)
	}
	p.do(t, chromedp.Navigate(origin+"/docs/"), chromedp.WaitVisible(operation))
	return p
}

func (p *page) watch(event any, origins []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		of := func(origin string) bool { return strings.HasPrefix(e.Request.URL, origin) }
		if !slices.ContainsFunc(origins, of) {
			p.faults = append(p.faults, "request to "+e.Request.URL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelVerbose { // advice on Swagger UI's own forms
			p.faults = append(p.faults, "log: "+e.Entry.Text)
		}
	case *runtime.EventExceptionThrown:
		p.faults = append(p.faults, "exception: "+e.ExceptionDetails.Text)
	}
}

func (p *page) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		t.Fatalf("%v; the page's faults: %q", err, p.faults)
	}
}

func (p *page) text(t *testing.T, selector string) string {
	t.Helper()
	text, err := chromedp.Run(p.ctx, chromedp.Text(selector))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// operation is the call that most tests execute; live is where a call shows its response.
const (
	operation = "#operations-Costs-getUsages"
	catalog   = ` tr[data-param-name="catalog"] input`
	live      = " .live-responses-table"
)

// execute unfolds a call and executes it as it stands. Swagger UI shows the button before it knows the call's parameters, of which ready is
// a part of one, and a click in between has no effect ever after.
func (p *page) execute(t *testing.T, operation, ready string) {
	t.Helper()
	p.do(t, chromedp.Click(operation+" button.opblock-summary-control"),
		chromedp.WaitVisible(operation+ready), chromedp.Click(operation+" button.execute"),
		chromedp.WaitVisible(operation+live+" .response-col_status"))
}

// wantResponse checks what the page shows of a 200, returns all that it shows, and checks that the page has no faults.
func (p *page) wantResponse(t *testing.T, operation string, parts ...string) (shown string) {
	t.Helper()
	shown = p.text(t, operation+live)
	if status := p.text(t, operation+live+" .response .response-col_status"); !strings.HasPrefix(status, "200") {
		t.Errorf("%s: status %q: %.500s", operation, status, shown)
	}
	for _, want := range parts {
		if !strings.Contains(shown, want) {
			t.Errorf("%s is not shown: %q", want, shown)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		t.Errorf("the page has faults: %q", p.faults)
	}
	return shown
}

// What people do with the docs, in one browser.
func TestSwaggerUIInChromium(t *testing.T) {
	t.Parallel()
	browser := chromium(t)
	t.Run("without tokens", func(t *testing.T) { executesAsItStands(browser, t) })
	t.Run("with a token", func(t *testing.T) { authorizes(browser, t, "") })
	t.Run("with a token and its scheme", func(t *testing.T) { authorizes(browser, t, "Bearer ") })
	t.Run("with a login", func(t *testing.T) { logsIn(browser, t) })
	t.Run("with a login that is refused", func(t *testing.T) { isRefused(browser, t) })
	t.Run("every call", func(t *testing.T) { executesEverything(browser, t) })
}

// A person executes every call as it stands, and sees every parameter and a response of the simulator.
func executesEverything(browser context.Context, t *testing.T) {
	p := openPage(browser, t, startGateway(t).url)
	for _, o := range theContract(t).operations {
		operation, ready := "#operations-"+o.Tags[0]+"-"+o.OperationId, ""
		if o.Parameters != nil {
			ready = catalog
		}
		p.execute(t, operation, ready)
		p.wantResponse(t, operation, "x-request-id:")
		for _, parameter := range o.Parameters {
			p.text(t, fmt.Sprintf("%s tr[data-param-name=%q]", operation, parameter.Name))
		}
		p.do(t, chromedp.Click(operation+" button.opblock-summary-control")) // so that the next one stays on the screen
	}
}

// A person opens the page, unfolds a call, executes it as it stands, and sees a hit with its headers.
func executesAsItStands(browser context.Context, t *testing.T) {
	a := newAPI(t)
	a.get("/v1/azure/usages")
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openPage(browser, t, server.URL)
	if title := p.text(t, ".info .title"); !strings.Contains(title, "rocket-gateway") {
		t.Errorf("title %q", title)
	}
	p.execute(t, operation, catalog)
	p.wantResponse(t, operation, "cache-status: rocket-gateway; hit;", `"id": "1"`)
}

// A person with a token puts it into Authorize, executes a call as it stands, and sees its own rows.
func authorizes(browser context.Context, t *testing.T, scheme string) {
	a := newAPI(t, withTokens(t))
	a.responds(array(rows[:]...))
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openPage(browser, t, server.URL)
	p.do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(".modal-ux input"),
		chromedp.SendKeys(".modal-ux input", scheme+a.person("ana", customers("c-1", "c-2")).token),
		chromedp.Click(".modal-ux button.authorize"), chromedp.WaitVisible(".modal-ux button.btn-done"),
		chromedp.Click(".modal-ux button.btn-done"), chromedp.WaitNotPresent(".modal-ux"))
	p.execute(t, operation, catalog)
	shown := p.wantResponse(t, operation, "cache-status: rocket-gateway; fwd=miss; fwd-status=200; stored", `etag: W/"`, `"id": "c-1"`)
	if strings.Contains(shown, "c-3") {
		t.Errorf("rows of others are shown: %q", shown)
	}
	picture(t, p)
}

// picture writes a screenshot into the file DOCS_PICTURE, if that is set.
func picture(t *testing.T, p *page) {
	t.Helper()
	file := os.Getenv("DOCS_PICTURE")
	if file == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o600); err != nil {
		t.Fatal(err)
	}
}
