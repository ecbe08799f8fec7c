package e2e_test

import (
	"fmt"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// watched is a fleet under load, and the Prometheus servers that scrape it.
type watched struct {
	*traffic
	classic, native prometheus // with classic buckets, and with native histograms in their place
	begun           time.Time
	ahead           [][]string // the series of each replica, before anything was asked, that were known ahead
}

// rateWindow is what rates are taken over, where Grafana would put one in.
const rateWindow = "5s"

// TestMonitoring scrapes a fleet under load with real Prometheus servers, and asks them everything that the dashboard and the
// rules ask. All of it must have data; only alerts may be silent.
func TestMonitoring(t *testing.T) {
	t.Parallel()
	w := watch(t)
	d, rules := readDashboard(t), readRules(t)
	for name, p := range map[string]prometheus{"classic": w.classic, "native": w.native} {
		t.Run(name, func(t *testing.T) {
			for _, panel := range d.Panels {
				for _, target := range panel.Targets {
					p.wantData(t, panel.Title+" "+target.RefID, target.asked(rateWindow))
				}
			}
			for _, a := range d.Annotations.List {
				p.wantParses(t, "an annotation", target{Expr: a.Expr}.asked(rateWindow))
			}
			for _, r := range rules {
				if r.Alert != "" {
					p.wantParses(t, r.Alert, r.Expr)
					continue
				}
				p.wantData(t, r.Record, r.Expr)
				p.wantData(t, r.Record+" as it was recorded", r.Record)
			}
			p.wantRulesHealthy(t, len(rules))
		})
	}
	t.Run("native histograms", w.wantNative)
	t.Run("variables", func(t *testing.T) { w.wantVariables(t, d) })
	t.Run("bounds", w.wantBounds)
	t.Run("picture", func(t *testing.T) { w.wantPicture(t, d) })
}

// watch starts all of it, and has the fleet live through its story. The callers go on until the test ends.
func watch(t *testing.T) *watched {
	t.Helper()
	w := &watched{traffic: newTraffic(t)}
	var targets []string
	for i, r := range w.replicas {
		address := strings.TrimPrefix(r.admin, "http://")
		targets = append(targets, fmt.Sprintf("{targets: ['%s'], labels: {instance: replica-%d}}", address, i+1))
	}
	rules, err := filepath.Abs(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	configuration := fmt.Sprintf(`
global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
rule_files: [%s]
scrape_configs:
  - job_name: rocket-gateway
    static_configs: [%s]
`, rules, strings.Join(targets, ", "))
	w.classic = prometheus{startPrometheus(t, configuration)}
	w.native = prometheus{startPrometheus(t, configuration, "native-histograms", "exemplar-storage")}
	for _, r := range w.replicas {
		w.ahead = append(w.ahead, knownAhead(get(t, r.admin+"/metrics").body))
	}
	w.begun = time.Now()
	w.live(t, storyLength())
	return w
}

func (p prometheus) wantRulesHealthy(t *testing.T, want int) {
	t.Helper()
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string }
		}
	}
	if err := p.api("rules", nil, &data); err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			if n++; r.Health != "ok" {
				t.Errorf("%s: %s %s", r.Name, r.Health, r.LastError)
			}
		}
	}
	if n != want {
		t.Errorf("%d rules, want %d", n, want)
	}
}

// wantNative checks that one of the servers has the other kind of histograms, where it is of a version that takes them when it is
// told so as here.
func (w *watched) wantNative(t *testing.T) {
	var build struct{ Version string }
	if err := w.native.api("status/buildinfo", nil, &build); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(build.Version, "2.") {
		t.Skipf("Prometheus %s wants to be told otherwise", build.Version)
	}
	w.native.wantData(t, "a native histogram", "histogram_count(rocket_gateway_request_duration_seconds)")
	if classic, err := w.native.ask("rocket_gateway_request_duration_seconds_bucket"); err != nil || len(classic) > 0 {
		t.Errorf("%d classic buckets, %v", len(classic), err)
	}
}

// wantVariables checks that the variables of the dashboard find the job and the replicas.
func (w *watched) wantVariables(t *testing.T, d dashboard) {
	found := map[string]int{}
	for _, v := range d.Templating.List {
		if v.Type != "query" {
			continue
		}
		query := v.Query.(map[string]any)["query"].(string)
		selector, label, ok := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(query, "label_values("), ")"), ", ")
		if !ok || v.Name != label {
			t.Fatalf("the variable %s asks %s", v.Name, query)
		}
		var values []string
		match := url.Values{"match[]": {target{Expr: selector}.asked("")}}
		if err := w.classic.api("label/"+label+"/values", match, &values); err != nil {
			t.Fatal(err)
		}
		found[v.Name] = len(values)
	}
	if found["job"] != 1 || found["instance"] != len(w.replicas) {
		t.Errorf("found %v", found)
	}
}

// wantBounds checks that labels have few values: many requests make no more series than few, and nothing of a request is a label.
func (w *watched) wantBounds(t *testing.T) {
	const most = 1000 // series of a replica, buckets included
	for i, r := range w.replicas {
		metrics := get(t, r.admin+"/metrics").body
		n := 0
		for line := range strings.Lines(metrics) {
			if !strings.HasPrefix(line, "rocket_gateway_") {
				continue
			}
			n++
			for _, sent := range []string{"c-", "customer_id", "2025-", "unknown=", "127.0.0.1", "ana", username, password, "eyJhbGciOi"} {
				if strings.Contains(line, sent) {
					t.Errorf("%q is in %s", sent, line)
				}
			}
		}
		if n > most {
			t.Errorf("%d series, want at most %d", n, most)
		}
		if diff := cmp.Diff(w.ahead[i], knownAhead(metrics)); diff != "" {
			t.Errorf("a series that was known ahead did not begin at zero, -before +after:\n%s", diff)
		}
		likes(t, metrics)
	}
}

// knownAhead are the series of counters whose labels hold fixed words alone.
func knownAhead(metrics string) (all []string) {
	for line := range strings.Lines(metrics) {
		name, _, _ := strings.Cut(line, "{")
		switch strings.TrimPrefix(name, "rocket_gateway_") {
		case "problems_total", "stale_answers_total", "auth_refusals_total", "upstream_shed_total", "logins_total", "leases_total",
			"collapsed_total", "memory_evictions_total", "passed_through_total", "restatements_total", "purges_total",
			"quota_refusals_total", "redis_errors_total":
			series, _, _ := strings.Cut(line, "} ")
			all = append(all, series)
		}
	}
	return all
}

// likes has promtool look at what a real gateway exposes.
func likes(t *testing.T, metrics string) {
	t.Helper()
	command := exec.Command(testkit.Program(t, "promtool", "promtool"), "check", "metrics")
	command.Stdin = strings.NewReader(metrics)
	if said, err := command.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v %s", err, said)
	}
}
