package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestComplete(t *testing.T) {
	for line, want := range map[string]string{
		"tok":                         "token",
		"token ":                      "explain make",
		"token --s":                   "--scope --subject", // of token make, the default
		"token explain --":            "--help --version",
		"token --scope ":              "", // any text
		"token --scope x --l":         "--lifetime",
		"token --scope explain --sub": "--subject", // a value is no sub-command
		"warm --file ":                "",
		"warm --trend --provider ":    "aws azure gcp",
		"warm --trend --pro":          "--provider",
		"doctor --json --a":           "--account",
		"completion ":                 "bash fish zsh",
		"completion zsh ":             "bash fish zsh",
		"compl":                       "completion", // not complete, which is for scripts
		"help tok":                    "token",
		"help token ex":               "explain",
		"nonsense --v":                "--version",
		"serve ":                      "",
	} {
		o := execute(t.Context(), nil, append([]string{"complete", "--"}, strings.Split(line, " ")...)...)
		words := strings.Fields(o.stdout)
		slices.Sort(words)
		if got := strings.Join(words, " "); o.status != 0 || o.stderr != "" || got != want {
			t.Errorf("%q: got %q, want %q; %+v", line, got, want, o)
		}
	}
	execute(t.Context(), nil, "complete").want(t, 0, "", "")
}

// Every command is completed, so that a new one needs nothing here.
func TestCompleteKnowsEveryCommand(t *testing.T) {
	help := execute(t.Context(), nil, "--help").stdout
	commands := strings.Fields(execute(t.Context(), nil, "complete", "--", "").stdout)
	if len(commands) < 10 {
		t.Errorf("got %q", commands)
	}
	for _, command := range commands {
		if !strings.Contains(help, "\n  "+command+" ") {
			t.Errorf("%s is not in the help", command)
		}
	}
}

func TestCompletionNeedsAShell(t *testing.T) {
	execute(t.Context(), nil, "completion", "bash").want(t, 0, `complete -o default -F _gateway gateway\n$`, "")
	execute(t.Context(), nil, "completion", "csh").want(t, 2, "", `must be one of "bash","zsh","fish"`)
	execute(t.Context(), nil, "completion").want(t, 2, "", `expected "<shell>"`)
}
