// Package console is the operators' web page: it shows people what /metrics has of this replica, and nothing else.
package console

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// refreshInterval is how often the page reloads itself, in seconds.
const refreshInterval = 10

var (
	//go:embed console.html
	source string
	//go:embed console.css
	style string

	page = template.Must(template.New("console").Parse(source))
	// policy admits the page's own style and its empty icon: no script, no form, no other origin.
	policy = "default-src 'none'; style-src '" + hash(style) + "'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

// hash returns the source expression of an inline style (CSP Level 3).
func hash(content string) string {
	sum := sha256.Sum256([]byte(content))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// Handler returns the page. It gathers the metrics at each request and keeps nothing. With ?refresh=off, the page does not reload itself.
func Handler(metrics prometheus.Gatherer, now func() time.Time) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := newView(newSnapshot(metrics, now()))
		if r.URL.Query().Get("refresh") != "off" {
			v.Refresh = refreshInterval
		}
		var body bytes.Buffer
		if err := page.Execute(&body, v); err != nil {
			http.Error(w, "The page cannot be rendered: "+err.Error(), http.StatusInternalServerError)
			return
		}
		setHeader(w.Header(), body.Len())
		if r.Method != http.MethodHead {
			_, _ = w.Write(body.Bytes())
		}
	})
}

func setHeader(h http.Header, length int) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(length))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
