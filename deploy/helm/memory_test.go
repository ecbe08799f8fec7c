package helm_test

import (
	"strconv"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// GOMEMLIMIT is nine tenths of the memory limit, as the gateway computes it.
func TestGoMemoryLimit(t *testing.T) {
	for limit, bytes := range map[string]int64{
		"1Gi": 1 << 30, "1.5Gi": 3 << 29, "512Mi": 512 << 20, "2Ti": 2 << 40, "4096Ki": 4 << 20,
		"1G": 1e9, "750M": 750e6, "2T": 2e12, "900000k": 9e8, "1073741824": 1 << 30, "'1073741824'": 1 << 30,
	} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			values := "resources: {limits: {memory: " + limit + "}}"
			if got, want := goMemoryLimit(t, values), strconv.FormatInt(config.GoMemory(bytes), 10); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func TestNoMemoryLimit(t *testing.T) {
	for _, values := range []string{"resources: {limits: null}", "resources: {limits: {memory: null}}", "resources: null"} {
		if got := goMemoryLimit(t, values); got != "" {
			t.Errorf("%s: got %s, want none", values, got)
		}
	}
}

func TestOwnGoMemoryLimit(t *testing.T) {
	if got := goMemoryLimit(t, "extraEnv: [{name: GOMEMLIMIT, value: 700MiB}]"); got != "700MiB" {
		t.Errorf("got %s", got)
	}
}

// goMemoryLimit returns GOMEMLIMIT, of which there is at most one.
func goMemoryLimit(t *testing.T, values string) (limit string) {
	t.Helper()
	deployment := one(t, objects(t, renderWith(t, values)), "Deployment")
	for _, variable := range deployment.Spec.Template.Spec.Containers[0].Env {
		if variable.Name != "GOMEMLIMIT" {
			continue
		}
		if limit != "" {
			t.Error("GOMEMLIMIT is set twice")
		}
		limit = variable.Value
	}
	return limit
}
