package handlers_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit/chromium"
)

// stock is Swagger UI's own page, with the same files, contract and settings as ours.
const stock = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Swagger UI</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({
  url: '/openapi.yaml', dom_id: '#ui', validatorUrl: null, displayRequestDuration: true, tryItOutEnabled: true, defaultModelsExpandDepth: 0,
});
</script>
</body>
</html>`

// withStock serves Swagger UI's own page at /stock/ beside a gateway.
func withStock(gateway http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", gateway)
	mux.HandleFunc("GET /stock/", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, stock) })
	return mux
}

// ofThePage are rules of whole pages, and of what Swagger UI lacks and this page adds.
var ofThePage = []string{
	"bypass", "document-title", "html-has-lang", "landmark-", "page-has-heading-one", "region", "label", "select-name", "meta-viewport",
}

// Axe finds nothing on the docs page that it does not find on Swagger UI's own, and nothing that this page is there to add.
func violatesNoRuleOfItsOwn(t *testing.T, browser chromium.Browser) {
	a := newAPI(t, withTokens(t))
	server := httptest.NewServer(withStock(a.handler))
	defer server.Close()
	ours, theirs := openDocs(t, browser, server.URL), docs{browser.Open(t, server.URL, "/stock/")}
	for _, step := range []struct {
		name string
		do   func(p docs)
	}{
		{"folded", func(p docs) { p.Do(t, chromedp.WaitVisible(operation)) }},
		{"executed", func(p docs) { p.execute(t, operation, catalog) }},
		{"authorize", func(p docs) { p.Do(t, chromedp.Click(".auth-wrapper button.authorize"), chromedp.WaitVisible(".modal-ux input")) }},
	} {
		step.do(ours)
		step.do(theirs)
		for _, width := range []int64{1280, 390} {
			ours.Show(t, width, 2400, "light")
			theirs.Show(t, width, 2400, "light")
			known := theirs.Axe(t)
			found := ours.Axe(t)
			t.Log(step.name, width, "\nstock ", strings.Join(known, "\nstock "), "\nours ", strings.Join(found, "\nours "))
			for _, violation := range found {
				added := slices.ContainsFunc(ofThePage, func(rule string) bool { return strings.HasPrefix(violation, rule) })
				if added || !slices.Contains(known, violation) {
					t.Errorf("%s, %d pixels: %s", step.name, width, violation)
				}
			}
		}
	}
}
