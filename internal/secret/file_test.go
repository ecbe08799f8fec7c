package secret_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

const limit = 64 << 10

func TestReadFile(t *testing.T) {
	full := strings.Repeat("x", limit)
	for content, want := range map[string]string{
		password:        password,
		password + "\n": password,
		"secret\n\n":    "secret\n",
		"secret\r\n":    "secret\r",
		" secret \n":    " secret ",
		"a\nb":          "a\nb",
		"\n\n":          "\n",
		full:            full,
		full[1:] + "\n": full[1:],
	} {
		got, err := secret.ReadFile(file(t, content))
		if err != nil || got.Reveal() != want {
			t.Errorf("%d bytes of content %.20q: %v, %d bytes %.20q", len(content), content, err, len(got), got.Reveal())
		}
	}
}

func TestReadFileFaults(t *testing.T) {
	for _, tt := range []struct{ what, path, want string }{
		{"missing", filepath.Join(t.TempDir(), "none"), "cannot be read"},
		{"a directory", t.TempDir(), "cannot be read"},
		{"empty", file(t, ""), "is empty"},
		{"a newline", file(t, "\n"), "is empty"},
		{"over the limit", file(t, strings.Repeat("x", limit+1)), "is larger than 64 KiB"},
	} {
		if got, err := secret.ReadFile(tt.path); got != "" || err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %q and error %v, want %q", tt.what, got.Reveal(), err, tt.want)
		}
	}
}

// What has no size must not get around the limit.
func TestReadPipe(t *testing.T) {
	if got, err := secret.ReadFile(pipe(t, password+"\n")); err != nil || got != password {
		t.Errorf("got %q and error %v", got.Reveal(), err)
	}
	if got, err := secret.ReadFile(pipe(t, strings.Repeat("x", limit+1))); err == nil {
		t.Errorf("got %d bytes without an error", len(got))
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// pipe gives the path of a pipe that holds content, once.
func pipe(t *testing.T, content string) string {
	t.Helper()
	if _, err := os.Stat("/dev/fd"); err != nil {
		t.Skip("this system has no /dev/fd")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	written := make(chan struct{})
	go func() {
		defer close(written)
		_, _ = w.WriteString(content)
		_ = w.Close()
	}()
	t.Cleanup(func() {
		_ = r.Close() // ends the writer, where not all was read
		<-written
	})
	return "/dev/fd/" + strconv.Itoa(int(r.Fd()))
}
