package e2e_test

import (
	"strings"
	"testing"
)

func TestAMemoryLimitThatIsTooLowIsNamed(t *testing.T) {
	env := []string{"ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "AUTH_MODE=none", "GOMEMLIMIT=64MiB"}
	status, text := output(t, env, "config")
	if status != 0 || !strings.Contains(text, "warning: CACHE_MEMORY_BYTES is 268435456, which needs a GOMEMLIMIT of ") {
		t.Errorf("%d %s", status, text)
	}
	_, rocket := stand(t)
	g := serveProcess(t, rocket, "GOMEMLIMIT=64MiB")
	if !strings.Contains(g.text(), "which needs a GOMEMLIMIT of ") {
		t.Errorf("serve does not warn:\n%s", g.text())
	}
}
