package helm_test

import (
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What the chart makes of some values, to the letter. go test ./deploy/helm -update writes it anew; read it.
func TestRenderings(t *testing.T) {
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			golden := "testdata/golden/" + name + ".yaml"
			got := render(t, values)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s (-update writes it anew): %s", golden, diff)
			}
		})
	}
}

func TestLint(t *testing.T) {
	for name, values := range valueFiles(t) {
		t.Run(name, func(t *testing.T) {
			if _, err := helm(t, "lint", "--strict", "--quiet", chart, "--values", values); err != nil {
				t.Error(err)
			}
		})
	}
}
