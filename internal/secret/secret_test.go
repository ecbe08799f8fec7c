package secret_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const (
	password = "hunter2-rocket"
	other    = "rediss://gateway:hunter2-redis@cache.example.com:6380/2"
)

func TestSecretsAreNotPrinted(t *testing.T) {
	value := secret.Value(password)
	for what, v := range map[string]any{
		"secret":              value,
		"pointer to a secret": &value,
		"secret in a field":   struct{ Password secret.Value }{value},
		"secret in a slice":   []secret.Value{other, value},
		"secret in an any":    []any{value},
		"secret in a map":     map[string]secret.Value{"password": value},
		"secret in an error":  fmt.Errorf("login with %v and %s", value, &value),
	} {
		testkit.WantMasked(t, what, v, password, other)
	}
}

// The length of the mask does not depend on the secret; an empty secret has no mask.
func TestMask(t *testing.T) {
	for _, verb := range []string{"%v", "%s", "%+v", "%q", "%#v", "%x", "%d"} {
		if got := fmt.Sprintf(verb, secret.Value("x")); !strings.Contains(got, "********") {
			t.Errorf("%s prints %s, want a mask", verb, got)
		}
		if a, b := fmt.Sprintf(verb, secret.Value("x")), fmt.Sprintf(verb, secret.Value(other)); a != b {
			t.Errorf("%s prints different masks: %s and %s", verb, a, b)
		}
	}
	if got := fmt.Sprintf("%v%s", secret.Value(""), secret.Value("")); got != "" {
		t.Errorf("an empty secret is printed as %q", got)
	}
	if got := fmt.Sprintf("%10s|%-10s|", secret.Value("x"), secret.Value("x")); got != "  ********|********  |" {
		t.Errorf("columns are printed as %q", got)
	}
}

func TestReveal(t *testing.T) {
	if got := secret.Value(password).Reveal(); got != password {
		t.Errorf("got %q", got)
	}
}
