package cli

import (
	"net/http"
	"strings"
	"testing"
)

func TestHealthcheckSaysWhyTheGatewayIsNotReady(t *testing.T) {
	g := respond(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/readyz" {
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(`{"status":"waiting for the issuer's keys"}`))
		}
	})
	admin := []string{"ADMIN_ADDR=" + strings.TrimPrefix(g.URL, "http://")}
	execute(t.Context(), admin, "healthcheck").want(t, 0, "", "")
	execute(t.Context(), admin, "healthcheck", "--ready").
		want(t, 1, "", `^gateway: 503 Service Unavailable: waiting for the issuer's keys\n$`)
}

// What is no gateway may send anything.
func TestHealthcheckOfAnotherServer(t *testing.T) {
	for body, want := range map[string]string{
		"": `^gateway: 502 Bad Gateway\n$`, "<html>": `^gateway: 502 Bad Gateway\n$`, "[1]": `^gateway: 502 Bad Gateway\n$`,
		`{"status":502,"detail":"x\u001b[2J"}`: `^gateway: 502 Bad Gateway: "x\\x1b\[2J"\n$`,
	} {
		g := respond(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte(body))
		})
		execute(t.Context(), []string{"ADMIN_ADDR=" + strings.TrimPrefix(g.URL, "http://")}, "healthcheck").want(t, 1, "", want)
	}
}

func TestHealthcheckWithoutAGateway(t *testing.T) {
	execute(t.Context(), []string{"ADMIN_ADDR=127.0.0.1:1"}, "healthcheck").
		want(t, 1, "", `^gateway: no gateway responds at http://127\.0\.0\.1:1; ADMIN_ADDR sets the address\n$`)
}
