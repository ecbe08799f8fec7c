package helm_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// The rules and the dashboard that the chart installs are those of deploy/prometheus and deploy/grafana.
func TestRulesAndDashboard(t *testing.T) {
	rendered := render(t, minimal, "testdata/observability.yaml")
	var rules, dashboard, installed any
	decode(t, "../prometheus/rules.yml", yaml.Unmarshal, &rules)
	if diff := cmp.Diff(rules, field(find(t, rendered, "PrometheusRule"), "spec")); diff != "" {
		t.Errorf("rules: -want +got:\n%s", diff)
	}
	decode(t, "../grafana/rocket-gateway.json", json.Unmarshal, &dashboard)
	text, _ := field(find(t, rendered, "ConfigMap -dashboard"), "data/rocket-gateway.json").(string)
	if err := json.Unmarshal([]byte(text), &installed); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(dashboard, installed); diff != "" {
		t.Errorf("dashboard: -want +got:\n%s", diff)
	}
}

// A packaged chart has the files that the chart links to.
func TestPackage(t *testing.T) {
	directory := t.TempDir()
	if _, err := helm(t, "package", chart, "--destination", directory); err != nil {
		t.Fatal(err)
	}
	packages, err := filepath.Glob(directory + "/*.tgz")
	if err != nil || len(packages) != 1 {
		t.Fatal(packages, err)
	}
	got, err := helm(t, "template", "costs", packages[0], "--namespace", "costs",
		"--values", minimal, "--values", "testdata/observability.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(render(t, minimal, "testdata/observability.yaml"), got); diff != "" {
		t.Errorf("-directory +package:\n%s", diff)
	}
}

func decode(t *testing.T, file string, unmarshal func([]byte, any) error, target any) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err == nil {
		err = unmarshal(content, target)
	}
	if err != nil {
		t.Fatal(file, err)
	}
}
