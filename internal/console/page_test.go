package console_test

import (
	"bytes"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rocket-gateway/rocket-gateway/internal/console"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// noon is when the recorded metrics are shown.
var noon = time.Date(2026, 11, 28, 16, 41, 20, 0, time.UTC)

// page returns a page of the docs.
func page(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("../../docs/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// documented returns the rows of the table of metrics in docs/monitoring.md, which is what a gateway exposes, by name.
func documented(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `(\\w+)` \\| \\w+ \\| (.*?) \\|").FindAllStringSubmatch(page(t, "monitoring.md"), -1) {
		rows["rocket_gateway_"+row[1]] = row[2]
	}
	return rows
}

// recorded returns the metrics in a file. All of them are ones that a gateway exposes.
func recorded(t *testing.T, name string, change ...string) prometheus.Gatherer {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return exposed(t, strings.NewReplacer(change...).Replace(string(content)))
}

// exposed returns metrics in the text format.
func exposed(t *testing.T, text string) prometheus.Gatherer {
	t.Helper()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	rows := documented(t)
	return prometheus.GathererFunc(func() (all []*dto.MetricFamily, err error) {
		for name, f := range families {
			labels, ok := rows[name]
			for _, pair := range f.GetMetric()[0].GetLabel() {
				ok = ok && strings.Contains(labels, "`"+pair.GetName()+"`")
			}
			if !ok && strings.HasPrefix(name, "rocket_gateway_") {
				t.Errorf("docs/monitoring.md has no %s with the labels of %v", name, f.GetMetric()[0])
			}
			all = append(all, f)
		}
		return all, nil
	})
}

func get(t *testing.T, metrics prometheus.Gatherer, method, target string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h := console.Handler(metrics, func() time.Time { return noon })
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), method, target, nil))
	return w
}

var style = regexp.MustCompile(`(?s)<style>.*?</style>`)

// The golden files are what the page shows of the recorded metrics. Run this test with -update to rewrite them, and read them.
func TestGolden(t *testing.T) {
	for _, name := range []string{"busy", "broken", "idle"} {
		t.Run(name, func(t *testing.T) {
			got := style.ReplaceAll(get(t, recorded(t, name+".prom"), http.MethodGet, "/").Body.Bytes(), []byte("<style>…</style>"))
			file := "testdata/" + name + ".html"
			if *update {
				if err := os.WriteFile(file, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestHeader(t *testing.T) {
	metrics := recorded(t, "busy.prom")
	w, head := get(t, metrics, http.MethodGet, "/"), get(t, metrics, http.MethodHead, "/")
	if w.Code != 200 || head.Code != 200 || head.Body.Len() > 0 {
		t.Errorf("got %d, and %d with %d bytes for HEAD", w.Code, head.Code, head.Body.Len())
	}
	if diff := cmp.Diff(w.Header(), head.Header()); diff != "" {
		t.Errorf("GET and HEAD differ:\n%s", diff)
	}
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; style-src 'sha256-") || strings.Contains(policy, "unsafe") {
		t.Errorf("policy %q", policy)
	}
	w.Header().Del("Content-Security-Policy")
	w.Header().Del("Content-Length")
	want := http.Header{
		"Content-Type": {"text/html; charset=utf-8"}, "Cache-Control": {"no-store"}, "Referrer-Policy": {"no-referrer"},
		"X-Content-Type-Options": {"nosniff"}, "Cross-Origin-Resource-Policy": {"same-origin"},
	}
	if diff := cmp.Diff(want, w.Header()); diff != "" {
		t.Error(diff)
	}
}

func TestReloading(t *testing.T) {
	for target, want := range map[string]bool{"/": true, "/?refresh=off": false, "/?refresh=on": true, "/?a;b=%": true} {
		body := get(t, recorded(t, "idle.prom"), http.MethodGet, target).Body.String()
		if got := strings.Contains(body, `<meta http-equiv="refresh" content="10">`); got != want {
			t.Errorf("%s reloads: %v", target, got)
		}
	}
}

// Whatever a metric says is text.
func TestTextIsEscaped(t *testing.T) {
	body := get(t, recorded(t, "busy.prom", `account="latam"`, `account="<script>alert(1)</script>"`), http.MethodGet, "/").Body.Bytes()
	if bytes.Contains(body, []byte("<script")) || !bytes.Contains(body, []byte("&lt;script&gt;alert(1)")) {
		t.Errorf("the name of the account is not escaped: %s", body)
	}
}
