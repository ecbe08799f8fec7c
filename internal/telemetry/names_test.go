package telemetry_test

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Names, units and help are what Prometheus recommends.
func TestNames(t *testing.T) {
	families, err := complete().Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestPromtoolLikesTheMetrics(t *testing.T) {
	command := exec.Command(testkit.Promtool(t), "check", "metrics")
	command.Stdin = strings.NewReader(exposition(t, complete(), "text/plain"))
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil || said.Len() > 0 {
		t.Errorf("%v: %s", err, said.String())
	}
}

// The catalogue describes what is exposed, and nothing else.
func TestCatalogue(t *testing.T) {
	m := complete()
	families, err := m.Registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]string{}
	for _, d := range m.Catalogue() {
		described[d.Name] = d.Kind
		if !strings.HasSuffix(d.Help, ".") {
			t.Errorf("%s: the help is no sentence: %q", d.Name, d.Help)
		}
	}
	for _, f := range families {
		if !strings.HasPrefix(f.GetName(), "rocket_gateway_") {
			continue
		}
		if kind := strings.ToLower(f.GetType().String()); described[f.GetName()] != kind {
			t.Errorf("%s is a %s, and described as %q", f.GetName(), kind, described[f.GetName()])
		}
		delete(described, f.GetName())
	}
	if len(described) > 0 {
		t.Errorf("described, but not exposed: %v", described)
	}
}
