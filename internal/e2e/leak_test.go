package e2e_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// A server that sends more than it announced makes net/http write the rest to the standard logger. It may be a token.
func TestWhatRocketSendsUnaskedIsNotLogged(t *testing.T) {
	t.Parallel()
	const secret = "eyJ-a-token-that-must-not-be-seen"
	rocket := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, out, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		fmt.Fprintf(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}%s", secret)
		_ = out.Flush()
		_, _ = out.ReadByte() // until the client has seen it and goes
	}))
	defer rocket.Close()
	g := serveProcess(t, rocket.URL, "LOG_LEVEL=debug")
	for range 5 {
		if a := get(t, g.api+usagesPath); a.StatusCode != http.StatusBadGateway || strings.Contains(a.body, secret) {
			t.Errorf("%d %s", a.StatusCode, a.body)
		}
	}
	g.stop()
	if strings.Contains(g.text(), secret) {
		t.Errorf("the log holds the token:\n%s", g.text())
	}
}
