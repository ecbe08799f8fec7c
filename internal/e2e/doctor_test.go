package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// credentials are settings that suffice.
func credentials(rocket string, more ...string) []string {
	return append([]string{"ROCKET_URL=" + rocket, "ROCKET_USERNAME=" + username, "ROCKET_PASSWORD=" + password, "AUTH_MODE=none"}, more...)
}

func TestDoctor(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	redis := testkit.StartRedis(t)
	status, text := output(t, credentials(rocket, "REDIS_URL="+redis.URL(), "LISTEN_ADDR=127.0.0.1:8080"), "doctor")
	if status != 0 || strings.Contains(text, "FAIL") || strings.Contains(text, "\x1b") {
		t.Errorf("%d %s", status, text)
	}
	for _, line := range []string{
		`(?m)^ok    login `, `(?m)^ok    azure, aws, gcp: by-tag `, `(?m)^ok    azure, aws, gcp: ids obeyed `, `(?m)^ok    Redis: writable `,
		`(?m)^warn  Redis: shared tokens .* → set TOKEN_ENCRYPTION_KEYS`, `(?m)^warn  issuer's keys .* AUTH_MODE=none`,
		`\n\n\d+ ok, 2 warnings, 0 failed, 3 skipped in \S+\n$`,
	} {
		if !regexp.MustCompile(line).MatchString(text) {
			t.Errorf("no %s in\n%s", line, text)
		}
	}
	if n := sim.Counts().Logins; n != 1 {
		t.Errorf("%d logins", n)
	}
}

func TestDoctorFindsALaxRocket(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Lax = true })
	status, text := output(t, credentials(rocket), "doctor")
	failed := strings.Count(text, "\nFAIL  azure, aws, gcp: ") // two checks
	if status != 1 || failed != 2 || !strings.Contains(text, " 6 failed") || strings.Contains(text, "gateway: ") {
		t.Errorf("exit status %d, %d lines\n%s", status, failed, text)
	}
}

// Rocket hangs, and the doctor may wait for it for a long time.
func TestDoctorIsInterrupted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		flag string
		want []string
	}{
		{"", []string{"ok    login ", "skip  azure, aws, gcp: usages ", "0 failed", "interrupted before the rest"}},
		{"--json", []string{`"name": "login"`, `"detail": "interrupted"`, `"interrupted": true`}},
	} {
		gate, rocket := standGated(t)
		p := start(t, "gateway", credentials(rocket, "ROCKET_TIMEOUT=10m"), strings.Fields("doctor "+c.flag)...)
		gate.awaitPosts(t, 3)
		p.signal(syscall.SIGINT)
		if status := p.status(); status != 1 {
			t.Errorf("exit status %d", status)
		}
		for _, want := range c.want {
			if text := p.text(); !strings.Contains(text, want) {
				t.Errorf("no %q in\n%s", want, text)
			}
		}
	}
}

func TestDoctorAsJSON(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	for _, flag := range []string{"--json", "-j", "-json"} {
		for wanted, env := range map[string][]string{
			"failed": credentials(rocket, "ROCKET_PASSWORD="+"wrong-horse"), "warning": credentials(rocket),
			"failed by the settings": {"ROCKET_TIMEOUT=soon"},
		} {
			status, text := output(t, env, "doctor", flag)
			var report struct {
				Checks  []struct{ Name, Outcome, Detail string }
				Outcome string
			}
			outcome, _, _ := strings.Cut(wanted, " ")
			if err := json.Unmarshal([]byte(text), &report); err != nil || report.Outcome != outcome || len(report.Checks) < 4 {
				t.Errorf("%s: %v, %s, %d checks\n%s", wanted, err, report.Outcome, len(report.Checks), text)
			}
			if (status != 0) != (outcome == "failed") || strings.Contains(text, "horse") {
				t.Errorf("%s: exit status %d\n%s", wanted, status, text)
			}
		}
	}
}

// The name is known at the proxy alone, whose password is not printed.
func TestDoctorBehindAProxy(t *testing.T) {
	t.Parallel()
	rocket := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 20})
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "rocket.invalid" {
			http.Error(w, "not asked as a proxy", http.StatusBadGateway)
			return
		}
		rocket.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	through := strings.Replace(proxy.URL, "http://", "http://user:pr0xy-passw0rd@", 1)
	status, text := output(t, credentials("http://rocket.invalid/rocketsvc", "HTTP_PROXY="+through), "doctor")
	if status != 0 || !strings.Contains(text, "127.0.0.1, the proxy that the environment names, is an address") ||
		strings.Contains(text, "pr0xy") {
		t.Errorf("%d %s", status, text)
	}
	status, text = output(t, credentials("http://rocket.invalid/rocketsvc", "HTTP_PROXY=pr0xy:passw0rd@ho st"), "doctor")
	if status != 1 || !regexp.MustCompile(`FAIL  DNS .* no URL → correct HTTPS_PROXY`).MatchString(text) ||
		strings.Contains(text, "passw0rd") {
		t.Errorf("%d %s", status, text)
	}
}
