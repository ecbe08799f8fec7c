package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// A page of another origin may send the fields that docs/api.md names. Its requests fail with another one, and with credentials.
func sendsFromAnotherOrigin(t *testing.T, browser chromium.Browser) {
	page := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer page.Close()
	a := newAPI(t, withTokens(t), withOrigins(page.URL))
	server := httptest.NewServer(a.handler)
	defer server.Close()
	p := browser.Open(t, page.URL, "/", server.URL)
	token := a.person("ana", customers("c-1")).token
	for _, tt := range []struct{ options, want string }{
		{`{headers: {...token, 'Cache-Control': 'no-cache', 'If-None-Match': '"1"', 'X-Request-Id': 'a', traceparent: 'b'}}`, "200"},
		{`{headers: {...token, Accept: 'text/csv', 'Accept-Language': 'pt-BR'}}`, "200"},
		{`{headers: {...token, 'Content-Type': 'application/json'}}`, "TypeError"},
		{`{headers: {...token, 'X-Requested-With': 'XMLHttpRequest'}}`, "TypeError"},
		{`{headers: token, credentials: 'include'}`, "TypeError"},
	} {
		send := fmt.Sprintf(`{const token = {Authorization: 'Bearer %s'}
			fetch('%s', %s).then(response => String(response.status), error => error.name)}`, token, server.URL+usages, tt.options)
		if got := chromium.Get(t, p, chromedp.Evaluate[string](send, chromedp.EvalAwaitPromise)); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.options, got, tt.want)
		}
	}
}
