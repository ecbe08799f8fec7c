package testkit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// printers are the usual ways in which a value gets into a log or a response.
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
	slog.New(handler(&b)).Info("printed", "value", v, slog.Group("group", "value", v))
	return b.String()
}

// WantMasked fails the test if one of the usual ways of printing a value shows one of the secrets, as it is or as %x and %d write it.
func WantMasked(t testing.TB, what string, value any, secrets ...string) {
	t.Helper()
	for how, show := range printers {
		shown := show(value)
		for _, s := range secrets {
			for _, form := range []string{s, fmt.Sprintf("%x", s), strings.Trim(fmt.Sprintf("%d", []byte(s)), "[]")} {
				if strings.Contains(shown, form) {
					t.Errorf("the %s by %s shows the secret %s: %s", what, how, s, shown)
				}
			}
		}
	}
}
