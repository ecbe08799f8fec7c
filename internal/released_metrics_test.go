package internal_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	monitoring = "../docs/monitoring.md"
	rules      = "../deploy/prometheus/rules.yml"
)

var (
	metricRow = regexp.MustCompile("(?m)^\\| `(\\w+)` \\| (counter|gauge|histogram) \\| ([^|]*) \\|")
	ruleName  = regexp.MustCompile(`(?m)^\s*- (?:alert|record): (\S+)$`)
)

// metricsAndRules returns the metrics of docs/monitoring.md, by name with their kinds and labels, and the names of alerts and recorded
// rules.
func metricsAndRules(monitoring, rules string) map[string]string {
	all := map[string]string{}
	for _, row := range metricRow.FindAllStringSubmatch(monitoring, -1) {
		labels := strings.Split(row[3], ", ")
		slices.Sort(labels)
		all[row[1]] = row[2] + " " + strings.Join(labels, ", ")
	}
	for _, rule := range ruleName.FindAllStringSubmatch(rules, -1) {
		all[rule[1]] = "rule"
	}
	return all
}

// ended returns the names of metrics and rules that are gone, or have another kind or other labels.
func ended(before, now map[string]string) (names []string) {
	for name, is := range before {
		if now[name] != is {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Dashboards and alerts of operators use the metrics of the last release, and their receivers name its alerts. Its tag has them; without
// one, there is nothing to compare with.
func TestReleasedMetricsAreKept(t *testing.T) {
	now := metricsAndRules(read(t, monitoring), read(t, rules))
	for _, release := range testkit.Releases(t, "../CHANGELOG.md")[1:] { // without what is recorded, which is this page
		t.Run(release.Name, func(t *testing.T) {
			before := metricsAndRules(string(release.File(t, monitoring, monitoring)), string(release.File(t, rules, rules)))
			if len(before) < 50 {
				t.Fatalf("only %d metrics and rules are found", len(before))
			}
			for _, name := range ended(before, now) {
				if !release.Intended("breaking: " + name) {
					t.Errorf("%s of the last release is gone, or has another kind or other labels. If that is intended, an entry of the changelog "+
						"has `breaking: %s`.", name, name)
				}
			}
		})
	}
}

func TestEndedMetricsAndRules(t *testing.T) {
	const table = "| `a_total` | counter | `x`, `y` | Text. |\n| `b` | gauge |  | Text. |\n| `c` | gauge | `x`, `y` | Text. |\n"
	before := metricsAndRules(table, "  - alert: A\n  - record: r:b\n")
	const other = "| `a_total` | counter | `x` | Text. |\n| `b` | counter |  | Text. |\n" +
		"| `c` | gauge | `y`, `x` | Other. |\n| `d` | gauge |  | New. |\n"
	now := metricsAndRules(other, "  - alert: B\n  - record: r:b\n")
	if got, want := ended(before, now), []string{"A", "a_total", "b"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
