package handlers_test

import (
	"context"
	"net/http/httptest"
	"os"
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

func openPage(t *testing.T, origin string) *page {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(testkit.Chromium(t)), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-quic", true), chromedp.Flag("window-size", "1200,2400"))
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	p := &page{ctx: ctx}
	if err := chromedp.Listen(ctx, func(event any) { p.watch(event, origin) }); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *page) watch(event any, origin string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if url := e.Request.URL; !strings.HasPrefix(url, origin) && !strings.HasPrefix(url, "data:") {
			p.faults = append(p.faults, "request to "+url)
		}
	case *log.EventEntryAdded:
		p.faults = append(p.faults, "log: "+e.Entry.Text)
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

// A person opens the page, unfolds a call, executes it as it stands, and sees a hit with its headers.
func TestSwaggerUIInChromium(t *testing.T) {
	a := newAPI(t)
	a.get("/v1/azure/usages")
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := openPage(t, server.URL)
	p.do(t, chromedp.Navigate(server.URL+"/docs/"), chromedp.WaitVisible("#operations-Costs-getUsages"))
	if title := p.text(t, ".info .title"); !strings.Contains(title, "rocket-gateway") {
		t.Errorf("title %q", title)
	}
	p.do(t, chromedp.Click("#operations-Costs-getUsages button.opblock-summary-control"),
		chromedp.WaitVisible("#operations-Costs-getUsages button.execute"),
		chromedp.Click("#operations-Costs-getUsages button.execute"),
		chromedp.WaitVisible("#operations-Costs-getUsages .live-responses-table .response-col_status"))
	const live = "#operations-Costs-getUsages .live-responses-table"
	if status := p.text(t, live+" .response .response-col_status"); !strings.HasPrefix(status, "200") {
		t.Errorf("status %q", status)
	}
	if shown := p.text(t, live); !strings.Contains(shown, "rocket-gateway; hit;") || !strings.Contains(shown, `"id": "1"`) {
		t.Errorf("the answer shown is %q", shown)
	}
	picture(t, p)
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.faults) > 0 {
		t.Errorf("the page has faults: %q", p.faults)
	}
}

// picture leaves a screenshot where DOCS_PICTURE says, for people who want to look.
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
