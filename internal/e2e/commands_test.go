package e2e_test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// output runs a command to its end.
func output(t *testing.T, env []string, args ...string) (status int, text string) {
	t.Helper()
	p := start(t, "gateway", env, args...)
	return p.status(), p.text()
}

func TestFaultsStopTheStartAllAtOnce(t *testing.T) {
	t.Parallel()
	status, text := output(t, []string{"ROCKET_TIMEOUT=soon", "CACHE_SETTLE_DAYS=-1", "LOG_FORMAT=xml", "BILLING_TIMEZONE=Mars"}, "serve")
	if status != 1 {
		t.Errorf("exit status %d, want 1", status)
	}
	for _, name := range []string{
		"ROCKET_USERNAME", "ROCKET_PASSWORD", "AUTH_MODE", "ROCKET_TIMEOUT", "CACHE_SETTLE_DAYS", "LOG_FORMAT", "BILLING_TIMEZONE",
	} {
		if strings.Count(text, "gateway: "+name+": ") != 1 {
			t.Errorf("not one line about %s:\n%s", name, text)
		}
	}
	if n := strings.Count(text, "\n"); n != 7 {
		t.Errorf("%d lines, want 7:\n%s", n, text)
	}
}

func TestATakenPortIsAFault(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	env := []string{"ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "AUTH_MODE=none", "LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=" + l.Addr().String()}
	status, text := output(t, env, "serve")
	if status != 1 || !strings.Contains(text, "gateway: ADMIN_ADDR: ") {
		t.Errorf("%d %s", status, text)
	}
}

func TestConfigShowsValuesAndSources(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("secret-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := []string{
		"ROCKET_USERNAME=u", "ROCKET_PASSWORD_FILE=" + file, "AUTH_MODE=none", "REDIS_URL=redis://:secret-2@localhost:6379",
		"CACHE_FRESH_OPNE=1m",
	}
	status, text := output(t, env, "config")
	if status != 0 || strings.Contains(text, "secret-") {
		t.Errorf("%d %s", status, text)
	}
	for _, pattern := range []string{
		`(?m)^ROCKET_USERNAME +u +environment$`, `(?m)^ROCKET_PASSWORD +\*+ +file ` + regexp.QuoteMeta(file) + `$`,
		`(?m)^REDIS_URL +redis://\*+@localhost:6379/0 +environment$`, `(?m)^CACHE_FRESH_OPEN +5m +default$`,
		`(?m)^warning: CACHE_FRESH_OPNE is not a setting of the gateway; did you mean CACHE_FRESH_OPEN\?$`,
	} {
		if !regexp.MustCompile(pattern).MatchString(text) {
			t.Errorf("no %s in\n%s", pattern, text)
		}
	}
}

func TestHelpAndUsage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"version", 0, `^gateway \S+ go\S+ \w+/\w+\n$`},
		{"-h", 0, `(?s)serve.*demo.*config.*version`},
		{"serve -h", 0, `(?i)usage: gateway serve`},
		{"demo -h", 0, `(?i)usage: gateway demo`},
		{"doctor -h", 0, `(?is)usage: gateway doctor.*-j, --json`},
		{"config -h", 0, `(?i)usage: gateway config`},
		{"token -h", 0, `(?is)usage: gateway token.*token make.*token explain`},
		{"token make -h", 0, `(?s)--scope.*--profile.*--lifetime`},
		{"version -h", 0, `(?i)usage: gateway version`},
		{"", 2, `(?s)expected one of.*serve`},
		{"sevre", 2, `sevre`},
		{"serve --port 1", 2, `--port`},
	} {
		status, text := output(t, nil, strings.Fields(c.args)...)
		if status != c.status || !regexp.MustCompile(c.want).MatchString(text) {
			t.Errorf("gateway %s: exit status %d, %s", c.args, status, text)
		}
	}
}

func TestHealthcheck(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket, endlessDelay)
	admin := "ADMIN_ADDR=:" + g.admin[strings.LastIndexByte(g.admin, ':')+1:]
	for _, args := range [][]string{{"healthcheck"}, {"healthcheck", "--ready"}} {
		if status, text := output(t, []string{admin}, args...); status != 0 || text != "" {
			t.Errorf("%v: %d %s", args, status, text)
		}
	}
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	if status, _ := output(t, []string{admin}, "healthcheck"); status != 0 {
		t.Error("a draining gateway must not be restarted")
	}
	if status, text := output(t, []string{admin}, "healthcheck", "--ready"); status != 1 ||
		text != "gateway: 503 Service Unavailable: draining\n" {
		t.Errorf("%d %s", status, text)
	}
	for _, nobody := range []string{"ADMIN_ADDR=127.0.0.1:1", "ADMIN_ADDR=nowhere"} {
		if status, text := output(t, []string{nobody}, "healthcheck"); status != 1 || text == "" {
			t.Errorf("%s: %d %s", nobody, status, text)
		}
	}
}
