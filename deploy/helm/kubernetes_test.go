package helm_test

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The oldest and the newest Kubernetes that the chart is checked for. Chart.yaml asks for the oldest.
var releases = []string{"v1.29.6", "v1.37.2"}

// operator is the Prometheus Operator, whose module defines its kinds.
const operator = "github.com/prometheus-operator/prometheus-operator@v0.85.0"

var operatorKinds = map[string]string{"ServiceMonitor": "servicemonitors", "PrometheusRule": "prometheusrules"}

// renderings returns what the chart renders for each file of values, and for rules, dashboard and queries.
func renderings(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{"observability": render(t, minimal, "testdata/observability.yaml")}
	for name, values := range valueFiles(t) {
		all[name] = render(t, values)
	}
	return all
}

// Kubernetes knows what the chart renders: every field, its type, and whether it is required.
func TestKubernetesKnowsWhatIsRendered(t *testing.T) {
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			schemas := schemasOf(t, release)
			for name, rendered := range renderings(t) {
				if err := conform(t, schemas, rendered); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
}

// The check above refuses what Kubernetes does not know.
func TestKubernetesRefusesWhatItDoesNotKnow(t *testing.T) {
	schemas := schemasOf(t, releases[0])
	for _, tt := range []struct{ name, good, bad, want string }{
		{"a field", "readOnlyRootFilesystem", "readOnlyFilesystem", "readOnlyFilesystem"},
		{"a type", "maxReplicas: 6", "maxReplicas: six", "/spec/maxReplicas"},
		{"a field that must be there", "topologyKey", "key", "topologyKey"},
		{"a field of a custom resource", "path: /metrics", "paths: /metrics", "paths"},
		{"a kind", "kind: PodDisruptionBudget", "kind: PodDisruption", "PodDisruption"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			rendered := render(t, "testdata/values/production.yaml")
			spoilt := strings.ReplaceAll(rendered, tt.good, tt.bad)
			if spoilt == rendered {
				t.Fatalf("the rendering has no %s", tt.good)
			}
			if err := conform(t, schemas, spoilt); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want a complaint about %s", err, tt.want)
			}
		})
	}
}

func TestTheChartAsksForTheOldestRelease(t *testing.T) {
	content, err := os.ReadFile(chart + "/Chart.yaml")
	if err != nil {
		t.Fatal(err)
	}
	minor := releases[0][1:strings.LastIndex(releases[0], ".")]
	if want := `kubeVersion: ">=` + minor + `.0-0"`; !strings.Contains(string(content), want) {
		t.Errorf("Chart.yaml has not the line %s", want)
	}
}

// schemasOf returns a directory with a schema for every kind that the chart renders.
func schemasOf(t *testing.T, release string) (directory string) {
	t.Helper()
	directory = t.TempDir()
	var kinds []object
	for _, rendered := range renderings(t) {
		kinds = append(kinds, objects(t, rendered)...)
	}
	kubernetes(t, release, kinds, directory)
	for _, kind := range kinds {
		if plural := operatorKinds[kind.Kind]; plural != "" {
			customResource(t, goModule(t, operator)+"/example/prometheus-operator-crd/monitoring.coreos.com_"+plural+".yaml", kind, directory)
		}
	}
	return directory
}

// conform checks a rendering with kubeconform. The error names what does not fit.
func conform(t *testing.T, schemas, rendered string) error {
	t.Helper()
	command := exec.CommandContext(t.Context(), tool(t, "kubeconform"),
		"-schema-location", schemas+"/{{.ResourceKind}}{{.KindSuffix}}.json", "-strict", "-")
	command.Stdin = strings.NewReader(rendered)
	_, err := output(command)
	return err
}
