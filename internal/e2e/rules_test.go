package e2e_test

import (
	"bytes"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	rulesFile     = "../../deploy/prometheus/rules.yml"
	rulesTestFile = "../../deploy/prometheus/rules_test.yml"
	alertsFile    = "../../docs/alerts.md"
	runbooks      = "https://github.com/rocket-gateway/rocket-gateway/blob/main/docs/alerts.md#"
)

// rule is one of Prometheus's, which records or alerts.
type rule struct {
	Record, Alert, Expr string
	Labels, Annotations map[string]string
}

func readRules(t *testing.T) (all []rule) {
	t.Helper()
	var file struct{ Groups []struct{ Rules []rule } }
	if err := yaml.Unmarshal(content(t, rulesFile), &file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

func content(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestPromtoolLikesTheRules(t *testing.T) {
	t.Parallel()
	promtool := testkit.Program(t, "promtool", "promtool")
	for _, args := range [][]string{{"check", "rules", rulesFile}, {"test", "rules", rulesTestFile}} {
		var said bytes.Buffer
		command := exec.Command(promtool, args...)
		command.Stdout, command.Stderr = &said, &said
		if err := command.Run(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, said.String())
		}
	}
}

// Every alert says what it is, how urgent, and where its runbook is; it has a story in rules_test.yml and a row in the docs.
func TestEveryAlertHasItsRunbook(t *testing.T) {
	t.Parallel()
	docs, stories := string(content(t, alertsFile)), string(content(t, rulesTestFile))
	var anchors []string
	for _, r := range readRules(t) {
		if r.Alert == "" {
			continue
		}
		anchor := strings.ToLower(r.Alert)
		anchors = append(anchors, anchor)
		if r.Annotations["summary"] == "" || r.Annotations["description"] == "" || r.Annotations["runbook_url"] != runbooks+anchor {
			t.Errorf("%s: annotations %q", r.Alert, r.Annotations)
		}
		if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) {
			t.Errorf("%s: severity %q", r.Alert, r.Labels["severity"])
		}
		if row := "| <a id=\"" + anchor + "\"></a>`" + r.Alert + "` | " + r.Labels["severity"] + " |"; !strings.Contains(docs, row) {
			t.Errorf("%s has no row %s", alertsFile, row)
		}
		if !strings.Contains(stories, `alertname="`+r.Alert+`"`) {
			t.Errorf("%s has no story of %s", rulesTestFile, r.Alert)
		}
	}
	if rows := strings.Count(docs, `<a id="rocketgateway`); rows != len(anchors) {
		t.Errorf("%s has %d rows of alerts, there are %d alerts", alertsFile, rows, len(anchors))
	}
}
