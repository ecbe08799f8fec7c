package console_test

import (
	"errors"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
)

var (
	problem = regexp.MustCompile(`<li><strong>(.*?)</strong> .*?</li>`)
	alert   = regexp.MustCompile(`<small>(\w+) in docs/alerts.md</small>`)
)

// problems returns what the page says is wrong. Each alert that it names has a row in the docs.
func problems(t *testing.T, metrics prometheus.Gatherer) (all []string) {
	t.Helper()
	shown, alerts := get(t, metrics, http.MethodGet, "/").Body.String(), page(t, "alerts.md")
	for _, p := range problem.FindAllStringSubmatch(shown, -1) {
		all = append(all, html.UnescapeString(p[1]))
	}
	for _, name := range alert.FindAllStringSubmatch(shown, -1) {
		if !strings.Contains(alerts, `<a id="`+strings.ToLower(name[1])+`"></a>`) {
			t.Errorf("docs/alerts.md has no %s", name[1])
		}
	}
	if none := strings.Contains(shown, "No problem</h2>"); none != (len(all) == 0) {
		t.Errorf("the page shows %q, and no problem: %v", all, none)
	}
	if counted := strings.Contains(shown, fmt.Sprintf("<title>(%d) ", len(all))); counted != (len(all) > 0) {
		t.Errorf("the title does not count %q", all)
	}
	return all
}

// at returns a Unix time near noon.
func at(d time.Duration) string { return fmt.Sprintf("%d", noon.Add(d).Unix()) }

// gauges returns lines of metrics in the text format, with their types and prefix.
func gauges(lines string) string {
	var b strings.Builder
	typed := ""
	for line := range strings.Lines(lines) {
		name := regexp.MustCompile(`^\w+`).FindString(line)
		if name != typed {
			fmt.Fprintf(&b, "# TYPE rocket_gateway_%s gauge\n", name)
		}
		typed = name
		fmt.Fprintf(&b, "rocket_gateway_%s\n", strings.TrimSpace(line))
	}
	return b.String()
}

func TestProblems(t *testing.T) {
	const breaker = "upstream_breaker_state{account=\"latam\",state=%q} 1\n"
	for name, tt := range map[string]struct {
		metrics string
		want    []string
	}{
		"Redis replies":        {"redis_away 0", nil},
		"Redis does not reply": {"redis_away 1", []string{"Redis does not reply."}},
		"breaker closed":       {fmt.Sprintf(breaker, "closed"), nil},
		"breaker suspect":      {fmt.Sprintf(breaker, "suspect"), []string{"The circuit breaker of account latam is suspect."}},
		"breaker open":         {fmt.Sprintf(breaker, "open"), []string{"The circuit breaker of account latam is open."}},
		"no login so far":      {fmt.Sprintf(breaker, "closed") + `logins_total{account="latam",outcome="refused"} 0`, nil},
		"login refused": {
			fmt.Sprintf(breaker, "closed") + `logins_total{account="latam",outcome="refused"} 1`,
			[]string{"Account latam has no valid token, and Rocket has refused 1 login."},
		},
		"logins failed": {
			fmt.Sprintf(breaker, "closed") + `logins_total{account="latam",outcome="failure"} 1200`,
			[]string{"Account latam has no valid token, and 1,200 logins failed."},
		},
		"login refused before": {
			fmt.Sprintf(breaker, "closed") + "logins_total{account=\"latam\",outcome=\"refused\"} 1\n" +
				`token_expiry_timestamp_seconds{account="latam"} ` + at(time.Hour), nil,
		},
		"token expired": {fmt.Sprintf(breaker, "closed") + `token_expiry_timestamp_seconds{account="latam"} ` + at(-time.Hour), nil},
		"queue": {
			"upstream_places 2\nupstream_places_taken{lane=\"callers\"} 1\nupstream_places_taken{lane=\"background\"} 1\n" +
				`upstream_places_waiting{lane="callers"} 1`, []string{"All 2 slots are taken, and 1 request waits in the queue."},
		},
		"refreshes wait": {
			"upstream_places 1\nupstream_places_taken{lane=\"callers\"} 1\n" + `upstream_places_waiting{lane="background"} 5`, nil,
		},
		"keys read":       {"jwks_read_timestamp_seconds " + at(-15*time.Minute), nil},
		"keys old":        {"jwks_read_timestamp_seconds " + at(-16*time.Minute), []string{"The issuer's keys were last read 16 min ago."}},
		"keys never read": {"jwks_read_timestamp_seconds 0", []string{"The issuer's keys were never read."}},
		"certificate":     {"certificate_expiry_timestamp_seconds " + at(72*time.Hour), nil},
		"certificate expires": {
			"certificate_expiry_timestamp_seconds " + at(71*time.Hour), []string{"The certificate of the API expires at 2026-12-01T15:41:20Z."},
		},
		"settings in effect":     {"settings_last_reload_successful 1", nil},
		"settings not in effect": {"settings_last_reload_successful 0", []string{"Changed settings are not in effect."}},
		"several": {
			"redis_away 1\nsettings_last_reload_successful 0\n" + fmt.Sprintf(breaker, "open"),
			[]string{"The circuit breaker of account latam is open.", "Redis does not reply.", "Changed settings are not in effect."},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, problems(t, exposed(t, gauges(tt.metrics)))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A collector that fails takes nothing from the page but its own metrics.
func TestMetricsThatFail(t *testing.T) {
	metrics := exposed(t, gauges("redis_away 1"))
	failing := prometheus.GathererFunc(func() ([]*dto.MetricFamily, error) {
		families, _ := metrics.Gather()
		return families, errors.New("collector <upstream> fails")
	})
	if diff := cmp.Diff([]string{"Some metrics cannot be read.", "Redis does not reply."}, problems(t, failing)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
