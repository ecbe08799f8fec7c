package cli

import "testing"

func TestVersionOfBothForms(t *testing.T) {
	const line = `^gateway \S+ go\S+ \w+/\w+\n$`
	execute(t.Context(), nil, "version").want(t, 0, line, "")
	execute(t.Context(), nil, "--version").want(t, 0, line, "")
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{{"help"}, {"--help"}, {"-h"}} {
		execute(t.Context(), nil, args...).want(t, 0, `(?s)^Usage: gateway <command>.*\n  serve .*\n  help `, "")
	}
	execute(t.Context(), nil, "help", "warm").want(t, 0, `(?s)^Usage: gateway warm \[flags\].*--trend`, "")
	execute(t.Context(), nil, "help", "token", "explain").want(t, 0, `^Usage: gateway token explain`, "")
	execute(t.Context(), nil, "help", "help").want(t, 0, `^Usage: gateway help`, "")
	execute(t.Context(), nil, "help", "sevre").want(t, 2, "", `^gateway: unexpected argument sevre, did you mean "serve"`)
}
