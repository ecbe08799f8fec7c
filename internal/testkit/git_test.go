package testkit_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// git runs git without the configuration of the user and the machine, which may sign tags, or have hooks.
func git(t *testing.T, args ...string) {
	t.Helper()
	command := testkit.Git(t.Context(), args...)
	command.Env = append(command.Env, "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("git %q: %v: %s", args, err, out)
	}
}

// repository makes the working directory a new one with a commit for each tag, and one more.
func repository(t *testing.T, tags ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	commit := func(content string) {
		t.Helper()
		if err := os.WriteFile("file", []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		git(t, "add", ".")
		git(t, "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "-q", "-m", content)
	}
	git(t, "init", "-q")
	if err := os.WriteFile("changelog", []byte(changelog), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tag := range tags {
		commit(tag)
		git(t, "tag", tag)
	}
	commit("HEAD")
}

// A hook of git, and a command of its rebase, run the tests with variables that name another repository. It is neither read nor written.
func TestGitOfAHook(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.git")
	git(t, "init", "-q", "--bare", other)
	t.Setenv("GIT_DIR", other)
	repository(t, "v0.1.0")
	if got := testkit.TagBefore(t); got != "v0.1.0" {
		t.Errorf("got %q", got)
	}
	if refs, err := exec.CommandContext(t.Context(), "git", "--git-dir", other, "for-each-ref").Output(); err != nil || len(refs) > 0 {
		t.Errorf("the other repository: %v\n%s", err, refs)
	}
}

// go test takes a result from its cache unless a file that the test opened has changed: with tags that were fetched, it must run again.
func TestGoTestFollowsTheTags(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestTagBefore$", "-test.testlogfile="+log)
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	opened, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"packed-refs", "refs/tags"} {
		if !strings.Contains(string(opened), "open .git/"+name+"\n") {
			t.Errorf("%s is not opened", name)
		}
	}
}
