package console_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var figure = regexp.MustCompile(`<dt>(.*?)</dt><dd class="value">(.*?)</dd><dd>(.*?)</dd>`)

// figures returns the value and the detail of each number at the top of the page.
func figures(t *testing.T, metrics string) map[string]string {
	t.Helper()
	all := map[string]string{}
	page := get(t, exposed(t, metrics), http.MethodGet, "/").Body.String()
	for _, f := range figure.FindAllStringSubmatch(page, -1) {
		all[f[1]] = strings.ReplaceAll(html.UnescapeString(f[2]+"; "+f[3]), "\u00a0", " ")
	}
	return all
}

// counters returns lines of metrics in the text format, with their types and prefix.
func counters(lines string) string {
	return strings.ReplaceAll(gauges(lines), " gauge\n", " counter\n")
}

func TestFigures(t *testing.T) {
	const line = "requests_total{route=\"/\",status=\"200\",cache=%q} %d\n"
	const sent = `upstream_requests_total{provider="aws",endpoint="usages",status="200"} %d`
	hits := fmt.Sprintf(line, "hit-memory", 5) + fmt.Sprintf(line, "hit-redis", 3) + fmt.Sprintf(line, "stale", 1) +
		fmt.Sprintf(line, "miss", 1)
	for name, tt := range map[string]struct {
		metrics, figure, want string
	}{
		"no request":    {"", "Hit ratio", "–; 0 of 0 responses"},
		"hits":          {hits, "Hit ratio", "90.0 %; 9 of 10 responses"},
		"no data asked": {fmt.Sprintf(line, "none", 7), "Hit ratio", "–; 0 of 0 responses"},
		"saved":         {hits + fmt.Sprintf(sent, 2), "Requests to Rocket saved", "80.0 %; 8 saved, 2 sent"},
		"a trend of 12 months alone": {
			fmt.Sprintf(line, "miss", 1) + fmt.Sprintf(sent, 12),
			"Requests to Rocket saved", "0.0 %; 0 saved, 12 sent",
		},
		"failures": {
			hits + "problems_total{type=\"upstream-rejected\"} 8\nproblems_total{type=\"upstream-timeout\"} 1\n" +
				"problems_total{type=\"invalid-request\"} 9\nproblems_total{type=\"internal-error\"} 1",
			"Failures", "20.0 %; 2, of the gateway or Rocket",
		},
		"many": {fmt.Sprintf(line, "none", 1234567), "Requests", "1,234,567; on average –"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := figures(t, counters(tt.metrics))[tt.figure]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Quantiles are those that Prometheus estimates from the same buckets, in whatever series they are.
func TestLatency(t *testing.T) {
	series := func(cache string, small, large, all int) string {
		const name = "rocket_gateway_request_duration_seconds"
		return fmt.Sprintf("%[1]s_bucket{cache=%[2]q,le=\"0.001\"} %[3]d\n%[1]s_bucket{cache=%[2]q,le=\"30\"} %[4]d\n"+
			"%[1]s_bucket{cache=%[2]q,le=\"+Inf\"} %[5]d\n%[1]s_sum{cache=%[2]q} 0\n%[1]s_count{cache=%[2]q} %[5]d\n",
			name, cache, small, large, all)
	}
	got := map[string]string{}
	for name, text := range map[string]string{
		"none": "", "within a bucket": series("miss", 100, 100, 100), "above the bounds": series("miss", 0, 0, 10),
		"of several series": series("miss", 0, 50, 50) + series("hit-memory", 50, 50, 50),
	} {
		if text != "" {
			text = "# TYPE rocket_gateway_request_duration_seconds histogram\n" + text
		}
		got[name] = figures(t, text)["Response time, p99"]
	}
	want := map[string]string{
		"none": "–; median –", "within a bucket": "990 µs; median 500 µs", "above the bounds": "> 30 s; median > 30 s",
		"of several series": "29.4 s; median 1 ms",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
