package e2e_test

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// The demo needs nothing, and the line that it prints works when it is pasted. A second one finds ports of its own.
func TestDemo(t *testing.T) {
	t.Parallel()
	for range 2 {
		demo := start(t, "gateway", nil, "demo")
		line := demo.await(func(line string) (string, bool) {
			line = strings.TrimSpace(line)
			return line, strings.HasPrefix(line, "curl ")
		})
		url := regexp.MustCompile(`'(http://127\.0\.0\.1:\d+)(/[^']*)'`).FindStringSubmatch(line)
		if url == nil {
			t.Fatal(line)
		}
		for _, want := range []string{"fwd=miss; fwd-status=200; stored", "hit; ttl="} {
			if got := paste(t, line, url[1]+url[2]); !strings.Contains(got, "Cache-Status: rocket-gateway; "+want) {
				t.Errorf("%s printed\n%s", line, got)
			}
		}
		if a := get(t, url[1]+"/docs/"); a.StatusCode != 200 {
			t.Errorf("docs: %d", a.StatusCode)
		}
		defer func() {
			demo.signal(syscall.SIGINT)
			if status := demo.status(); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
		}()
	}
}

// The page of a frontend's development server can use the demo. Settings without effect are named, and their values are not printed.
func TestDemoForAPage(t *testing.T) {
	t.Parallel()
	const page = "http://localhost:5173"
	env := []string{"CORS_ORIGINS=" + page, "ROCKET_PASSWORD=secret-1", "LOG_LEVEL_FILE=/secret-2", "RATE_LIMIT=", "PATH=/bin"}
	demo := start(t, "gateway", env, "demo")
	api := demo.await(func(line string) (string, bool) {
		_, after, found := strings.Cut(line, " api=")
		address, _, _ := strings.Cut(after, " ")
		return address, found
	})
	resp, _ := ask(t, http.MethodOptions, "http://"+api, "", "Origin", page,
		"Access-Control-Request-Method", http.MethodGet, "Access-Control-Request-Headers", "authorization")
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != page {
		t.Errorf("Access-Control-Allow-Origin is %q: %v", got, resp.Header)
	}
	const warning = "warning: the demo ignores these settings of the environment: LOG_LEVEL_FILE, ROCKET_PASSWORD\n"
	if text := demo.text(); strings.Count(text, warning) != 1 || strings.Contains(text, "secret-") {
		t.Errorf("not one line %q:\n%s", warning, text)
	}
}

// paste runs the line in a shell; where there is no curl it asks for the URL in the line.
func paste(t *testing.T, line, url string) string {
	t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		token := regexp.MustCompile(`Bearer ([^']+)`).FindStringSubmatch(line)
		resp, _ := ask(t, http.MethodGet, url, token[1])
		return "Cache-Status: " + resp.Header.Get("Cache-Status")
	}
	out, err := exec.Command("sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v", line, err)
	}
	return string(out)
}
