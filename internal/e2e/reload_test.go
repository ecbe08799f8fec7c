package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// keep writes a file that a setting stands in.
func keep(t *testing.T, path, content string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const readAgain = `"settings applied"`

// A mounted volume replaces its files by turning one link.
func TestTheLogLevelChangesAtRunTime(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	dir := t.TempDir()
	for _, level := range []string{"info", "error", "debug"} {
		if err := os.Mkdir(filepath.Join(dir, level), 0o700); err != nil {
			t.Fatal(err)
		}
		keep(t, filepath.Join(dir, level, "level"), level+"\n")
	}
	turn(t, dir, "info")
	g := serve(t, rocket, "LOG_LEVEL_FILE="+filepath.Join(dir, "data", "level"))
	asked := func(id string) {
		w := dial(t, g)
		for range 2 { // net/http reads the second request after all of the first one is done, its line in the log too
			if resp, err := w.ask("X-Request-Id: " + id); err != nil || resp.StatusCode != http.StatusOK {
				t.Fatal(resp, err)
			}
		}
	}
	turn(t, dir, "error")
	g.awaitLines(1, readAgain, `["LOG_LEVEL"]`)
	asked("at-error")
	turn(t, dir, "debug")
	g.awaitLines(2, readAgain, `["LOG_LEVEL"]`)
	asked("at-debug")
	g.awaitLine(`"msg":"request"`, "at-debug")
	if strings.Contains(g.text(), "at-error") {
		t.Error("a request is logged at the level error")
	}
	g.stop()
	g.awaitLine(`"INFO"`, "ended")
}

// turn has the link "data" lead to a version, at once.
func turn(t *testing.T, dir, version string) {
	t.Helper()
	next := filepath.Join(dir, "next")
	if err := os.Symlink(version, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "data")); err != nil {
		t.Fatal(err)
	}
}

// A password that has changed at Rocket is taken from its file, and one that is none changes nothing. Nobody logs in anew for
// what concerns another.
func TestAPasswordIsReadAgain(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	secret := keep(t, filepath.Join(t.TempDir(), "password"), "the old one\n")
	level := keep(t, filepath.Join(t.TempDir(), "level"), "info\n")
	g := serve(t, rocket, "ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+secret, "LOG_LEVEL_FILE="+level)
	get(t, g.api+usagesPath).want(t, http.StatusBadGateway, "fwd=miss")

	keep(t, secret, password)
	g.awaitLine(readAgain, `["account default"]`)
	get(t, g.api+usagesPath).want(t, http.StatusOK, "fwd=miss; fwd-status=200")
	logins := sim.Counts().Logins

	keep(t, secret, "\n")
	g.awaitLine("changed settings not applied", "ROCKET_PASSWORD", "is empty")
	wantMetric(t, g, "rocket_gateway_settings_last_reload_successful 0")
	get(t, g.api+usagesPath+"&customer_id=1").want(t, http.StatusOK, "fwd=miss; fwd-status=200")
	keep(t, secret, password)
	keep(t, level, "warn\n")
	g.awaitLine(readAgain, `["LOG_LEVEL"]`)
	wantMetric(t, g, "rocket_gateway_settings_last_reload_successful 1")
	get(t, g.api+usagesPath+"&customer_id=2").want(t, http.StatusOK, "fwd=miss; fwd-status=200")
	if n := sim.Counts().Logins; n != logins {
		t.Errorf("%d logins more", n-logins)
	}
}

func wantMetric(t *testing.T, g *gateway, line string) {
	t.Helper()
	if text := get(t, g.admin+"/metrics").body; !strings.Contains(text, "\n"+line+"\n") {
		t.Errorf("/metrics has no %q", line)
	}
}

// awaitMetric waits until /metrics has a line.
func (g *gateway) awaitMetric(line string) {
	g.t.Helper()
	testkit.Until(g.t, "/metrics has "+line, func() bool {
		return strings.Contains(get(g.t, g.admin+"/metrics").body, "\n"+line+"\n")
	})
}

const twoAccounts = `
accounts:
  - {name: brasil, username: service@reseller.example, password_file: brasil}
  - {name: latam, url: URL, currency: USD, username: service@reseller.example, password_file: latam}
rules:
  - {providers: [aws], account: latam}
default: brasil
`

// Accounts come and go; what one has cached is there for as long as it asks. A file that is missing is looked for again.
func TestTheAccountsFileIsReadAgain(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	other, latam := stand(t, func(o *rocketsim.Options) { o.Customers = 3 })
	dir := t.TempDir()
	keep(t, filepath.Join(dir, "brasil"), password)
	one, _, _ := strings.Cut(twoAccounts, "  - {name: latam")
	file := keep(t, filepath.Join(dir, "accounts.yaml"), one+"default: brasil\n")
	g := serve(t, rocket, "ROCKET_USERNAME=", "ROCKET_PASSWORD=", "ROCKET_ACCOUNTS_FILE="+file, "BILLING_CURRENCY=BRL")
	aws := g.api + "/v1/aws/usages?period=2025-06"
	get(t, aws).want(t, http.StatusOK, "fwd=miss")
	get(t, g.api+usagesPath).want(t, http.StatusOK, "fwd=miss")

	keep(t, file, strings.ReplaceAll(twoAccounts, "URL", latam))
	g.awaitLine("changed settings not applied", "line 4", "password_file", "cannot be read")
	get(t, aws).want(t, http.StatusOK, "hit")
	keep(t, filepath.Join(dir, "latam"), password)
	g.awaitLine(readAgain, `["account latam","rules of accounts"]`)
	get(t, aws).want(t, http.StatusOK, "fwd=miss")
	get(t, g.api+usagesPath).want(t, http.StatusOK, "hit")
	if me := get(t, g.api+"/v1/me").body; strings.Count(me, `"currency":"BRL"`) != 2 || strings.Count(me, `"currency":"USD"`) != 1 {
		t.Errorf("azure and gcp have the currency of the settings, aws that of latam: %s", me)
	}
	wantMetric(t, g, `rocket_gateway_logins_total{account="latam",outcome="success"} 1`)
	if a, b := sim.Counts(), other.Counts(); a.Total() != 2 || a.Logins != 1 || b.Total() != 1 || b.Logins != 1 {
		t.Errorf("%+v at one, %+v at the other", a, b)
	}

	keep(t, file, one+"default: brasil\n")
	g.awaitLines(2, readAgain, `["account latam","rules of accounts"]`)
	get(t, aws).want(t, http.StatusOK, "hit")
}

// A file that cannot be read, as one of a network file system that is down, delays neither requests nor the end, nor costs
// the last traces.
func TestAFileThatHangs(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	pipe := filepath.Join(t.TempDir(), "level")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 1)
	go func() { written <- os.WriteFile(pipe, []byte("info"), 0o600) }()
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serveProcess(t, rocket, "LOG_LEVEL_FILE="+pipe, "SHUTDOWN_TIMEOUT=2s",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=3600000")
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	g.signal(syscall.SIGHUP)
	const trace = "2bf7651916cd43dd8448eb211c80319d"
	resp, _ := ask(t, http.MethodGet, g.api+usagesPath, "", "traceparent", "00-"+trace+"-b7ad6b7169203331-01")
	if resp.StatusCode != http.StatusOK {
		t.Error(resp.Status)
	}
	g.awaitLine("reading the settings hangs")
	wantMetric(t, g, "rocket_gateway_settings_last_reload_successful 0")
	g.stop()
	c.of(t, trace, 4)
}

// A file that changes after it is read, but before the gateway serves, is read again. The start waits for a pipe meanwhile.
func TestAFileThatChangesDuringTheStartIsReadAgain(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	secret, pipe := filepath.Join(t.TempDir(), "password"), filepath.Join(t.TempDir(), "level")
	keep(t, secret, "the old one")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	written := make(chan error, 2)
	write := func(meanwhile func()) {
		level, err := os.OpenFile(pipe, os.O_WRONLY, 0) // waits for the reader
		if err == nil {
			meanwhile()
			_, _ = level.WriteString("info")
			err = level.Close()
		}
		written <- err
	}
	go write(func() { keep(t, secret, password) })
	g := serve(t, rocket, "ROCKET_PASSWORD=", "ROCKET_PASSWORD_FILE="+secret, "LOG_LEVEL_FILE="+pipe)
	go write(func() {})
	g.awaitLine(readAgain, `["account default"]`)
	for range 2 {
		if err := <-written; err != nil {
			t.Error(err)
		}
	}
	get(t, g.api+usagesPath).want(t, http.StatusOK, "fwd=miss; fwd-status=200")
}

// A new secret of the issuer's makes the tokens of the old one worthless at once, also those that were just accepted.
func TestTheIssuersSecretIsReadAgain(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	secret := keep(t, filepath.Join(t.TempDir(), "secret"), authSecret)
	g := serve(t, rocket, "AUTH_MODE=jwt", "AUTH_HS256_SECRET_FILE="+secret)
	status := func(token string) int {
		resp, _ := ask(t, http.MethodGet, g.api+usagesPath, token)
		return resp.StatusCode
	}
	old := mint(t, "usage:read", everything()...)
	const newSecret = "another secret of the tests that is long enough"
	newer, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "ana", "scope": "usage:read", "exp": time.Now().Add(time.Hour).Unix(), "profiles": everything(),
	}).SignedString([]byte(newSecret))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := status(old), status(newer); a != 200 || b != 401 {
		t.Errorf("before: %d for the old one, %d for the new one", a, b)
	}
	keep(t, secret, "short")
	g.awaitLine("changed settings not applied", "AUTH_HS256_SECRET", "at least 32 bytes")
	if n := status(old); n != 200 {
		t.Errorf("a bad secret changes something: %d", n)
	}
	keep(t, secret, newSecret)
	g.awaitLine(readAgain, `["AUTH_HS256_SECRET"]`)
	if a, b := status(old), status(newer); a != 401 || b != 200 {
		t.Errorf("afterwards: %d for the old one, %d for the new one", a, b)
	}
	if strings.Contains(g.text(), newSecret) || strings.Contains(g.text(), authSecret) {
		t.Error("a secret is in the log")
	}
}

// SIGHUP has everything read again, and never ends the process.
func TestHangup(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket, "SHUTDOWN_DELAY=1s")
	g.signal(syscall.SIGHUP)
	g.awaitLine(readAgain, `[]`)
	get(t, g.api+usagesPath).want(t, http.StatusOK, "fwd=miss")
	g.signal(syscall.SIGTERM)
	g.awaitLine("draining")
	g.signal(syscall.SIGHUP)
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}
