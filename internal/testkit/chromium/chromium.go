// Package chromium opens pages in a real Chromium, as people see them. Only tests import it.
package chromium

import (
	"context"
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

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Browser is a Chromium that ends with the test.
type Browser struct{ ctx context.Context }

// Start starts a Chromium.
func Start(t *testing.T) Browser {
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
	return Browser{ctx}
}

// Page is a tab and what it did that a good page does not.
type Page struct {
	ctx     context.Context
	origins []string // that it may send requests to
	mu      sync.Mutex
	faults  []string // guarded by mu
}

// Advice begins the faults that are advice of Chromium's on what could be better.
const Advice = "advice: "

// Open opens a path of an origin in a tab. The page may send requests to other origins, too, if they are named.
func (b Browser) Open(t *testing.T, origin, path string, others ...string) *Page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(b.ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 5*time.Minute)
	t.Cleanup(cancel)
	p := &Page{ctx: ctx, origins: append(others, origin)}
	if err := chromedp.Listen(ctx, p.watch); err != nil {
		t.Fatal(err)
	}
	p.Do(t, chromedp.Navigate(origin+path))
	return p
}

func (p *Page) watch(event any) {
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		url := e.Request.URL
		within := func(origin string) bool { return strings.HasPrefix(url, origin+"/") }
		if !slices.ContainsFunc(p.origins, within) && !strings.HasPrefix(url, "data:") {
			p.note("request to " + url)
		}
	case *log.EventEntryAdded:
		kind := "log: "
		if e.Entry.Level == log.EntryLevelVerbose {
			kind = Advice
		}
		p.note(kind + e.Entry.Text)
	case *runtime.EventExceptionThrown:
		p.note("exception: " + e.ExceptionDetails.Text)
	}
}

func (p *Page) note(fault string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = append(p.faults, fault)
}

// Faults returns the messages of errors, the violations of the policy, the requests to other origins, and Advice.
func (p *Page) Faults() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.faults)
}

// Do takes steps on the page, or ends the test with the page's faults.
func (p *Page) Do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(p.ctx, steps...); err != nil {
		t.Fatalf("%v; the page's faults: %q", err, p.Faults())
	}
}

// Get returns what an action on the page returns, or ends the test.
func Get[T any](t *testing.T, p *Page, action chromedp.Action[T]) T {
	t.Helper()
	value, err := chromedp.Run(p.ctx, action)
	if err != nil {
		t.Fatalf("%v; the page's faults: %q", err, p.Faults())
	}
	return value
}

// Text returns the visible text of an element.
func (p *Page) Text(t *testing.T, selector string) string {
	t.Helper()
	return Get(t, p, chromedp.Text(selector))
}

// Show sets the size of the window, and the theme that the user prefers.
func (p *Page) Show(t *testing.T, width, height int64, theme string) {
	t.Helper()
	p.Do(t, chromedp.EmulateViewport(width, height), chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}},
		})
		return err
	}))
}
