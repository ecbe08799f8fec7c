package config_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// printers are the usual ways in which a value gets into a log or an answer.
var printers = map[string]func(any) string{
	"%v":     func(v any) string { return fmt.Sprintf("%v", v) },
	"%+v":    func(v any) string { return fmt.Sprintf("%+v", v) },
	"%#v":    func(v any) string { return fmt.Sprintf("%#v", v) },
	"%s":     func(v any) string { return fmt.Sprintf("%s", v) },
	"%q":     func(v any) string { return fmt.Sprintf("%q", v) },
	"%x":     func(v any) string { return fmt.Sprintf("%x", v) },
	"%d":     func(v any) string { return fmt.Sprintf("%d", v) }, // the wrong verb, for which fmt prints what it finds
	"Sprint": func(v any) string { return fmt.Sprint(v) },
	"json": func(v any) string {
		content, err := json.Marshal(v)
		return string(content) + fmt.Sprint(err)
	},
	"slog text": func(v any) string {
		return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) })
	},
	"slog JSON": func(v any) string {
		return logged(v, func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) })
	},
}

func logged(v any, handler func(*bytes.Buffer) slog.Handler) string {
	var b bytes.Buffer
	slog.New(handler(&b)).Info("settings", "value", v, slog.Group("group", "value", v))
	return b.String()
}

func TestSecretsAreNotPrinted(t *testing.T) {
	c := load(t, with("REDIS_URL="+redisURL))
	for what, value := range map[string]any{
		"configuration":       *c,
		"pointer to it":       c,
		"origins":             c.Origins,
		"secret":              c.RocketPassword,
		"pointer to a secret": &c.RocketPassword,
		"secret in a field":   struct{ Password config.Secret }{c.RocketPassword},
		"secret in a slice":   []config.Secret{c.RedisURL, c.RocketPassword},
		"secret in an any":    []any{c.RedisURL},
		"secret in a map":     map[string]config.Secret{"password": c.RocketPassword},
		"secret in an error":  fmt.Errorf("login with %v: %w", c.RocketPassword, config.Faults{c.RedisURL.String()}),
	} {
		for how, show := range printers {
			if got := show(value); reveals(got) {
				t.Errorf("the %s by %s shows the secret: %s", what, how, got)
			}
		}
	}
}

// reveals looks for the secrets as they are, and as %x and %d would write them.
func reveals(text string) bool {
	for _, s := range []string{password, redisPassword} {
		for _, form := range []string{s, fmt.Sprintf("%x", s), strings.Trim(fmt.Sprintf("%d", []byte(s)), "[]")} {
			if strings.Contains(text, form) {
				return true
			}
		}
	}
	return false
}

// The mask is as long as it is, whatever it hides; nothing is masked where nothing is set.
func TestMask(t *testing.T) {
	for _, verb := range []string{"%v", "%s", "%+v", "%q", "%#v", "%x", "%d"} {
		if got := fmt.Sprintf(verb, config.Secret("x")); !strings.Contains(got, "********") {
			t.Errorf("%s gives %s, want a mask", verb, got)
		}
		if a, b := fmt.Sprintf(verb, config.Secret("x")), fmt.Sprintf(verb, config.Secret(redisURL)); a != b {
			t.Errorf("%s tells secrets apart: %s and %s", verb, a, b)
		}
	}
	if got := fmt.Sprintf("%v%s", config.Secret(""), config.Secret("")); got != "" {
		t.Errorf("an empty secret is printed as %q", got)
	}
	if got := fmt.Sprintf("%10s|%-10s|", config.Secret("x"), config.Secret("x")); got != "  ********|********  |" {
		t.Errorf("columns are printed as %q", got)
	}
}

func TestReveal(t *testing.T) {
	if got := config.Secret(password).Reveal(); got != password {
		t.Errorf("got %q", got)
	}
}
