package conformance_test

import (
	"context"
	"encoding/json"
	"flag"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/rocket-gateway/rocket-gateway/client"
	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

var update = flag.Bool("update", false, "write the recordings of the client's examples")

const (
	account = "conformance"
	secret  = "a secret of the tests that is long enough"
	june    = "2025-06"
)

// profile grants rows of a provider.
type profile struct {
	Provider     client.Provider `json:"provider"`
	ResourceType string          `json:"resource_type"`
	Resources    []string        `json:"resources"`
}

// everything grants all ids of a provider.
func everything(p client.Provider) profile { return profile{p, "distributors", []string{"*"}} }

// gateway is one that serves in this process, in front of the simulator.
type gateway struct {
	t   *testing.T
	url string
}

func start(t *testing.T, env ...string) *gateway {
	t.Helper()
	rocket := httptest.NewServer(rocketsim.New(rocketsim.Options{Username: account, Password: account}))
	t.Cleanup(rocket.Close)
	a, err := app.New(app.Options{
		Environ: append([]string{
			"LISTEN_ADDR=127.0.0.1:0", "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL=" + rocket.URL + "/rocketsvc", "ROCKET_USERNAME=" + account,
			"ROCKET_PASSWORD=" + account, "AUTH_HS256_SECRET=" + secret, "SHUTDOWN_DELAY=0s",
		}, env...),
		Version: "(test)",
		Logger:  func(*config.Config, slog.Leveler) *slog.Logger { return slog.New(slog.DiscardHandler) },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &gateway{t: t, url: "http://" + a.Addr().String()}
}

// client returns a client that gets its tokens, with these profiles, by the grant of client credentials.
func (g *gateway) client(profiles ...profile) *client.Client {
	g.t.Helper()
	return g.clientWithSecret("s3cret", profiles...)
}

func (g *gateway) clientWithSecret(secret string, profiles ...profile) *client.Client {
	g.t.Helper()
	issuer := httptest.NewServer(g.issuer("s3cret", profiles...))
	g.t.Cleanup(issuer.Close)
	tokens := clientcredentials.Config{ClientID: "billing", ClientSecret: secret, TokenURL: issuer.URL}
	c, err := client.New(g.url, client.WithTokenSource(tokens.TokenSource(g.t.Context())))
	if err != nil {
		g.t.Fatal(err)
	}
	return c
}

// issuer returns the token endpoint of an issuer at which one client is registered.
func (g *gateway) issuer(secret string, profiles ...profile) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if id, got, _ := r.BasicAuth(); id != "billing" || got != secret {
			http.Error(w, "invalid client", http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{"access_token": g.token(profiles), "token_type": "Bearer", "expires_in": 3600})
	}
}

func (g *gateway) token(profiles []profile) string {
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "billing", "iss": "https://login.example.com", "scope": "usage:read", "exp": time.Now().Add(time.Hour).Unix(), "profiles": profiles,
	}).SignedString([]byte(secret))
	if err != nil {
		g.t.Error(err)
	}
	return token
}
