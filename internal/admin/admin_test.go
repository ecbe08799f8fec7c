package admin_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/admin"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func ask(t *testing.T, h http.Handler, method, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, path, nil))
	return w
}

func handler(ready func() string) http.Handler {
	registry, _ := telemetry.NewRegistry("v1.2.3")
	return admin.Handler(admin.Options{Registry: registry, Now: time.Now, Ready: ready})
}

func yes() string { return "" }
func no() string  { return "draining" }

func TestStates(t *testing.T) {
	for _, tt := range []struct {
		path   string
		ready  func() string
		status int
		word   string
	}{
		{"/livez", yes, 200, "alive"},
		{"/livez", no, 200, "alive"}, // a draining process must not be restarted
		{"/readyz", yes, 200, "ready"},
		{"/readyz", no, 503, "draining"},
		{"/readyz", func() string { return `the issuer's "keys"` + "\n" }, 503, `the issuer's "keys"` + "\n"},
	} {
		w := ask(t, handler(tt.ready), http.MethodGet, tt.path)
		var body struct{ Status string }
		if err := json.Unmarshal(w.Body.Bytes(), &body); err != nil {
			t.Errorf("%s: %v in %q", tt.path, err, w.Body)
		}
		if w.Code != tt.status || body.Status != tt.word {
			t.Errorf("%s, ready %v: got %d %q, want %d %q", tt.path, tt.ready(), w.Code, body.Status, tt.status, tt.word)
		}
		if h := w.Header(); h.Get("Content-Type") != "application/json" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: headers %v", tt.path, h)
		}
	}
}

// Readiness may change at any time, so it is read at every request.
func TestReadyIsReadEachTime(t *testing.T) {
	reason := ""
	h := handler(func() string { return reason })
	before := ask(t, h, http.MethodGet, "/readyz").Code
	reason = "draining"
	if after := ask(t, h, http.MethodGet, "/readyz").Code; before != 200 || after != 503 {
		t.Errorf("got %d, then %d", before, after)
	}
}

func TestMetrics(t *testing.T) {
	w := ask(t, handler(yes), http.MethodGet, "/metrics")
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		t.Errorf("got %d, %v", w.Code, w.Header())
	}
	for _, line := range []string{`rocket_gateway_build_info{version="v1.2.3"} 1`, "go_goroutines ", "process_start_time_seconds "} {
		if !strings.Contains(w.Body.String(), "\n"+line) {
			t.Errorf("no line begins with %q", line)
		}
	}
}

// The console has the metrics of the registry, and is open to all that /metrics is open to.
func TestConsole(t *testing.T) {
	for _, path := range []string{"/", "/metrics"} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.RemoteAddr, r.Host = "192.0.2.7:4711", "gateway.example.com:9090"
		w := httptest.NewRecorder()
		if handler(no).ServeHTTP(w, r); w.Code != 200 || !strings.Contains(w.Body.String(), "v1.2.3") {
			t.Errorf("%s: got %d %s", path, w.Code, w.Body)
		}
	}
}

// Two handlers of one registry are no double registration.
func TestHandlerTwice(t *testing.T) {
	registry := prometheus.NewRegistry()
	for range 2 {
		if w := ask(t, admin.Handler(admin.Options{Registry: registry, Ready: yes}), http.MethodGet, "/metrics"); w.Code != 200 {
			t.Errorf("got %d: %s", w.Code, w.Body)
		}
	}
}

func TestOtherPathsAndMethods(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/", 200},
		{http.MethodHead, "/", 200},
		{http.MethodPost, "/", 405},
		{http.MethodGet, "/index.html", 404},
		{http.MethodGet, "/livez/", 404},
		{http.MethodGet, "/readyz/redis", 404},
		{http.MethodGet, "/v1/azure/usages", 404},
		{http.MethodPost, "/none", 404},
		{http.MethodHead, "/livez", 200},
		{http.MethodHead, "/readyz", 200},
		{http.MethodPost, "/livez", 405},
		{http.MethodPost, "/readyz", 405},
		{http.MethodPost, "/metrics", 405},
		{http.MethodDelete, "/metrics", 405},
	} {
		w := ask(t, handler(yes), tt.method, tt.path)
		if w.Code != tt.want {
			t.Errorf("%s %s: got %d, want %d", tt.method, tt.path, w.Code, tt.want)
		}
		if allow := w.Header().Get("Allow"); tt.want == 405 && allow != "GET, HEAD" {
			t.Errorf("%s %s: Allow is %q", tt.method, tt.path, allow)
		}
	}
}

func TestProfilesAreForThisMachine(t *testing.T) {
	for _, tt := range []struct {
		remote string
		open   bool
		want   int
	}{
		{"127.0.0.1:1", false, 200}, {"[::1]:1", false, 200}, {"192.0.2.1:1", false, 403}, {"192.0.2.1:1", true, 200},
	} {
		h := admin.Handler(admin.Options{Registry: prometheus.NewRegistry(), Pprof: tt.open})
		for _, path := range []string{"/debug/pprof/", "/debug/pprof/cmdline", "/debug/pprof/heap"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.RemoteAddr, r.Host = tt.remote, "localhost:9090"
			w := httptest.NewRecorder()
			if h.ServeHTTP(w, r); w.Code != tt.want {
				t.Errorf("%s from %s: %d, want %d", path, tt.remote, w.Code, tt.want)
			}
		}
	}
}

// Every response has the id of its request, and a new one if the caller sends none.
func TestRequestIDs(t *testing.T) {
	for _, path := range []string{"/livez", "/metrics", "/none"} {
		first, second := ask(t, handler(yes), http.MethodGet, path), ask(t, handler(yes), http.MethodGet, path)
		if id := first.Header().Get("X-Request-Id"); id == "" || id == second.Header().Get("X-Request-Id") {
			t.Errorf("%s: X-Request-Id is %q, then %q", path, id, second.Header())
		}
	}
}
