package testkit

import (
	"context"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// Git returns a git command on the repository of its directory. Git sets variables for hooks, and for the commands of a rebase, by which it
// would work on the repository that they are of.
func Git(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, "git", args...)
	command.Env = slices.DeleteFunc(os.Environ(), func(variable string) bool { return strings.HasPrefix(variable, "GIT_") })
	return command
}

// trackTags opens the files that change with the tags: go test takes a result from its cache unless a file that the test opened has
// changed. It disregards files outside of the module, as those of a linked worktree are: go test needs -count=1 there.
func trackTags(ctx context.Context) {
	paths, _ := Git(ctx, "rev-parse", "--git-path", "packed-refs", "--git-path", "refs/tags", "--git-path", "reftable").Output()
	for path := range strings.Lines(string(paths)) {
		_, _ = os.ReadFile(strings.TrimSuffix(path, "\n")) // of a directory, go test looks at the entries
	}
}
