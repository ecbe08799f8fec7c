package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// A drain loses no line of the audit: each response that a caller got before the end has one.
func TestTheAuditIsCompleteAtADrain(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket, "AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret)
	token := mint(t, "usage:read", everything()...)
	const callers, most = 8, 100_000
	served := make([]int, callers)
	var running sync.WaitGroup
	for i := range callers {
		running.Go(func() {
			for served[i] < most && audited(g, token, fmt.Sprintf("%d-%d", i, served[i])) {
				served[i]++
			}
		})
	}
	g.awaitLines(1000, `"msg":"audit"`)
	g.signal(syscall.SIGTERM)
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	running.Wait()
	lines := map[string]bool{}
	for line := range strings.Lines(g.text()) {
		if _, id, ok := strings.Cut(line, `"request_id":"`); ok && strings.Contains(line, `"msg":"audit"`) {
			id, _, _ = strings.Cut(id, `"`)
			lines[id] = true
		}
	}
	for i, n := range served {
		for k := range n {
			if id := fmt.Sprintf("%d-%d", i, k); !lines[id] {
				t.Fatalf("request %s, of %d, has no line", id, n)
			}
		}
	}
}

// audited sends a request with an id, and reports whether it was served.
func audited(g *gateway, token, id string) bool {
	req, err := http.NewRequest(http.MethodGet, g.api+usagesPath, nil)
	if err != nil {
		return false
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("X-Request-Id", id)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false // the listener is closed
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
