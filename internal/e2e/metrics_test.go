package e2e_test

import (
	"crypto/tls"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the table of metrics in docs/monitoring.md")

// The table of metrics in docs/monitoring.md is what a gateway with every component exposes. Run this test with -update to rewrite it.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	families := everyMetric(t)
	problems, err := promlint.NewWithMetricFamilies(slices.Collect(maps.Values(families))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	testkit.WantTable(t, "../../docs/monitoring.md", "metrics", metricsTable(t, families), *update)
}

// everyMetric returns the metrics of a gateway that has used every component once.
func everyMetric(t *testing.T) map[string]*dto.MetricFamily {
	t.Helper()
	_, rocket := stand(t)
	cert, key, pool := certificate(t)
	issuer, token := issuerOf(t)
	g := serve(t, rocket, "REDIS_URL="+testkit.StartRedis(t).URL(), "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key, "AUTH_MODE=jwt",
		"AUTH_JWKS_URL="+issuer, "RATE_LIMIT=100/1m", "UPSTREAM_QUOTA=100/1m")
	testkit.Until(t, "it has the issuer's keys", func() bool { return get(t, g.admin+"/readyz").StatusCode == http.StatusOK })
	client := &http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	defer client.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, g.api+usagesPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := client.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp, err)
	}
	_ = resp.Body.Close()
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(get(t, g.admin+"/metrics").body))
	if err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(families, func(name string, _ *dto.MetricFamily) bool { return !strings.HasPrefix(name, "rocket_gateway_") })
	return families
}

func metricsTable(t *testing.T, families map[string]*dto.MetricFamily) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n")
	for _, name := range slices.Sorted(maps.Keys(families)) {
		f := families[name]
		if !strings.HasSuffix(f.GetHelp(), ".") {
			t.Errorf("%s: the help is no sentence: %q", name, f.GetHelp())
		}
		var labels []string
		for _, pair := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, "`"+pair.GetName()+"`")
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.TrimPrefix(name, "rocket_gateway_"),
			strings.ToLower(f.GetType().String()), strings.Join(labels, ", "), f.GetHelp())
	}
	return b.String()
}
