package config_test

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

const secretFileLimit = 64 << 10

// The tests here go over the secrets in env_test.go; this one keeps that list complete.
func TestSecretsAreAllTried(t *testing.T) {
	marked := 0
	for line := range strings.Lines(config.Table()) {
		if !strings.HasSuffix(line, "(secret) |\n") {
			continue
		}
		marked++
		if name := strings.Split(line, "`")[1]; secrets[name] == "" {
			t.Errorf("%s is a secret that env_test.go does not know", name)
		}
	}
	if marked != len(secrets) {
		t.Errorf("the table marks %d secrets, the tests know %d", marked, len(secrets))
	}
}

func reveal(c *config.Config, name string) string {
	switch name {
	case "REDIS_URL":
		return c.RedisURL.Reveal()
	case "TOKEN_ENCRYPTION_KEYS":
		return base64.StdEncoding.EncodeToString([]byte(c.TokenEncryptionKeys[0].Reveal()))
	default:
		return c.RocketPassword.Reveal()
	}
}

func TestSecretFromFile(t *testing.T) {
	for name, value := range secrets {
		for _, end := range []string{"", "\n"} {
			path := file(t, value+end)
			c := load(t, with(name+"=", name+"_FILE="+path))
			if got := reveal(c, name); got != value {
				t.Errorf("%s: content %q is taken as %q", name, value+end, got)
			}
			want := config.Origin{Name: name, Value: "********", Source: "file " + path}
			if got := origin(t, c, name); got != want {
				t.Errorf("got origin %+v, want %+v", got, want)
			}
		}
	}
}

// Exactly one newline is the editor's; whatever else stands there is the secret's.
func TestSecretFileLosesOneNewlineAlone(t *testing.T) {
	full := strings.Repeat("x", secretFileLimit)
	for content, want := range map[string]string{
		"secret\n\n":    "secret\n",
		"secret\r\n":    "secret\r",
		" secret \n":    " secret ",
		"a\nb":          "a\nb",
		"\n\n":          "\n",
		full:            full,
		full[1:] + "\n": full[1:],
	} {
		c := load(t, with("ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+file(t, content)))
		if got := c.RocketPassword.Reveal(); got != want {
			t.Errorf("%d bytes of content %.20q are taken as %d bytes %.20q", len(content), content, len(got), got)
		}
	}
}

func TestSecretFileFaults(t *testing.T) {
	for name := range secrets {
		for what, path := range map[string]string{
			"missing":        filepath.Join(t.TempDir(), "none"),
			"a directory":    t.TempDir(),
			"empty":          file(t, ""),
			"a newline":      file(t, "\n"),
			"over the limit": file(t, strings.Repeat("x", secretFileLimit+1)),
		} {
			t.Run(name+" "+what, func(t *testing.T) {
				wantFault(t, with(name+"=", name+"_FILE="+path), name, path)
			})
		}
	}
}

func TestSecretAndItsFile(t *testing.T) {
	for name, value := range secrets {
		environ := with(name+"="+value, name+"_FILE="+file(t, value))
		wantFault(t, environ, name, name+"_FILE")
		wantNoSecret(t, faults(t, environ))
	}
}

// A value that came from a file is checked like any other, and repeated as little.
func TestBadSecretInFile(t *testing.T) {
	environ := with("REDIS_URL_FILE=" + file(t, "http://:"+redisPassword+"@cache\n"))
	wantFault(t, environ, "REDIS_URL", "must be redis://")
	wantNoSecret(t, faults(t, environ))
}

// What has no size, such as a pipe, must not get around the limit.
func TestSecretFromPipe(t *testing.T) {
	for _, tt := range []struct {
		what    string
		content string
		faulty  bool
	}{
		{"within the limit", password + "\n", false},
		{"over the limit", strings.Repeat("x", secretFileLimit+1), true},
	} {
		t.Run(tt.what, func(t *testing.T) {
			environ := with("ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+pipe(t, tt.content))
			lines := faults(t, environ)
			if faulty := len(lines) > 0; faulty != tt.faulty {
				t.Errorf("faults %q, want some: %v", lines, tt.faulty)
			}
		})
	}
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
