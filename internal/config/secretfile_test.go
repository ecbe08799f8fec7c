package config_test

import (
	"encoding/base64"
	"path/filepath"
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
	case "AUTH_HS256_SECRET":
		return c.AuthHS256Secret.Reveal()
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
			if name == "REDIS_URL" {
				want.Value = redisURLMasked
			}
			if got := origin(t, c, name); got != want {
				t.Errorf("got origin %+v, want %+v", got, want)
			}
		}
	}
}

func TestSecretFileFaults(t *testing.T) {
	for name := range secrets {
		for _, tt := range []struct{ what, path, fault string }{
			{"missing", filepath.Join(t.TempDir(), "none"), "cannot be read: it does not exist"},
			{"a directory", t.TempDir(), "cannot be read: it is a directory; name a file in it"},
			{"below a file", file(t, "x") + "/password", "cannot be read: not a directory"},
			{"empty", file(t, ""), "is empty"},
			{"a newline", file(t, "\n"), "is empty"},
			{"over the limit", file(t, strings.Repeat("x", secretFileLimit+1)), "is larger than 64 KiB"},
		} {
			t.Run(name+" "+tt.what, func(t *testing.T) {
				wantFault(t, with(name+"=", name+"_FILE="+tt.path), name, "its file "+tt.path+" "+tt.fault)
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
