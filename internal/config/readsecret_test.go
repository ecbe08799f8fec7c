package config_test

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func passwordFrom(path string) []string {
	return with("ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+path)
}

func TestSecretIsTheContentOfItsFile(t *testing.T) {
	full := strings.Repeat("x", secretFileLimit)
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
		if got := load(t, passwordFrom(file(t, content))).RocketPassword.Reveal(); got != want {
			t.Errorf("%d bytes of content %.20q: %d bytes %.20q", len(content), content, len(got), got)
		}
	}
}

// What has no size must not exceed the limit either.
func TestSecretFromAPipe(t *testing.T) {
	if got := load(t, passwordFrom(pipe(t, password+"\n"))).RocketPassword; got != password {
		t.Errorf("got %q", got.Reveal())
	}
	wantFault(t, passwordFrom(pipe(t, strings.Repeat("x", secretFileLimit+1))), "ROCKET_PASSWORD", "is larger than 64 KiB")
}

// pipe returns the path of a pipe that holds content, once.
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
		_ = r.Close() // ends the writer if not all was read
		<-written
	})
	return "/dev/fd/" + strconv.Itoa(int(r.Fd()))
}
