package handlers_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// gatewayFaults sends requests to gateways that refuse or fail by themselves.
func (s *survey) gatewayFaults() {
	s.t.Helper()
	issuer := httptest.NewServer(http.NotFoundHandler())
	defer issuer.Close()
	noKeys := withTokens(s.t, func(o *auth.Options) { o.Secret, o.JWKSURL = nil, issuer.URL })
	const ofUnknownKey = "Bearer eyJhbGciOiJFUzI1NiJ9.e30.AAAA" // {"alg":"ES256"}, {}
	for _, c := range []struct {
		want    wanted
		gateway *gateway
	}{
		{wanted{500, "internal-error", ""}, startGateway(s.t, func(o *handlers.Options) { o.Auth = broken{} })},
		{wanted{429, "rate-limited", ""}, startGateway(s.t, withRate(s.t, "1/1h"))},
		{wanted{503, "auth-unavailable", ""}, startGateway(s.t, noKeys)},
	} {
		c.gateway.send(http.MethodGet, "/v1/me")
		for _, o := range s.operations {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				s.send(c.gateway, o, method, o.target("azure"), c.want, "Authorization", ofUnknownKey)
			}
		}
	}
	exhausted := startGateway(s.t, withQuota(s.t, "1/1h"))
	exhausted.send(http.MethodGet, "/v1/azure/usages")
	for _, o := range s.operations[1:] {
		s.send(exhausted, o, http.MethodGet, o.target("gcp"), wanted{429, "rate-limited", ""})
	}
}

// broken is a verifier that panics.
type broken struct{}

func (broken) Verify(context.Context, []string) (*auth.Caller, error) { panic("broken") }

// rocketFaults sends requests while Rocket fails.
func (s *survey) rocketFaults() {
	s.t.Helper()
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			for i := 0; i < len(header); i += 2 {
				w.Header().Set(header[i], header[i+1])
			}
			w.WriteHeader(code)
		}
	}
	noRows := func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"error":"x"}`)) }
	for _, c := range []struct {
		want    wanted
		respond http.HandlerFunc
	}{
		{wanted{400, "upstream-rejected", ""}, status(422)},
		{wanted{502, "upstream-credentials", ""}, status(403)},
		{wanted{502, "upstream-invalid-response", ""}, noRows},
		{wanted{502, "upstream-invalid-response", ""}, status(302, "Location", "https://example.com/")},
		{anything, status(500)}, // 502, then 503 once the host is known to fail
		{wanted{503, "upstream-unavailable", ""}, status(429, "Retry-After", "60")},
		{wanted{504, "upstream-timeout", ""}, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
	} {
		g := startGateway(s.t)
		s.send(g, s.operations[1], http.MethodGet, "/v1/gcp/usages", success) // logged in
		g.respond = c.respond
		if c.want.status == 504 {
			g.timeout = 20 * time.Millisecond
		}
		for _, o := range s.operations[1:] {
			s.send(g, o, http.MethodGet, o.target("azure"), c.want)
		}
	}
}
