package e2e_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// completers are scripts that print how a shell completes the last of their arguments, which are a command line.
var completers = map[string]string{
	"bash": `source <(gateway completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _gateway gateway; printf '%s\n' "${COMPREPLY[@]}"`,
	"zsh": `compdef() { :; }; compadd() { shift; print -l -- "$@"; }; _files() { print a-file; }
source <(gateway completion zsh); words=("$@"); CURRENT=$#; _gateway`,
	"fish": `gateway completion fish | source; complete -C "$argv"`,
}

func TestCompletion(t *testing.T) {
	t.Parallel()
	for shell, script := range completers {
		t.Run(shell, func(t *testing.T) {
			path := testkit.Program(t, shell, shell)
			for line, want := range map[string]string{
				"gateway warm --pr": "--provider", "gateway warm --provider a": "aws azure", "gateway tok": "token",
				"gateway token --sc": "--scope", "gateway completion f": "fish", "gateway help he": "healthcheck help",
			} {
				args := []string{"-c", script}
				if shell != "fish" {
					args = append(args, shell) // $0
				}
				command := exec.Command(path, append(args, strings.Fields(line)...)...)
				command.Env = []string{quickExit, "HOME=" + t.TempDir(), "PATH=" + binaries + ":/usr/bin:/bin"}
				out, err := command.CombinedOutput()
				words := strings.Fields(string(out))
				slices.Sort(words)
				if got := strings.Join(words, " "); err != nil || got != want {
					t.Errorf("%s: got %q, want %q; %v", line, got, want, err)
				}
			}
		})
	}
}
