package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// Load reads the settings. Its error includes the faults of the keys that verify tokens.
func Load(environ []string) (*config.Config, error) { return config.Load(environ, keyFaults) }

func keyFaults(c *config.Config) (faults config.Faults) {
	if c.AuthMode != config.AuthModeJWT || c.AuthHS256Secret == "" && c.AuthJWKSURL == "" && c.AuthPublicKeyFile == "" {
		return nil // config reports that there is no key
	}
	o, err := VerifierOptions(c, slog.New(slog.DiscardHandler))
	if err == nil {
		err = o.Check()
	}
	if err != nil {
		faults = strings.Split(err.Error(), "\n")
	}
	return faults
}

const maxPublicKeyFile = 64 << 10

// VerifierOptions returns the settings of package auth.
func VerifierOptions(c *config.Config, log *slog.Logger) (auth.Options, error) {
	o := auth.Options{
		Secret: []byte(c.AuthHS256Secret.Reveal()), JWKSURL: c.AuthJWKSURL,
		Algorithms: c.AuthAlgorithms, Issuer: c.AuthIssuer, Audience: c.AuthAudience, Leeway: c.AuthLeeway,
		ProfilesClaim: c.AuthProfilesClaim, Now: time.Now, Log: log,
	}
	if c.AuthPublicKeyFile == "" {
		return o, nil
	}
	f, err := os.Open(c.AuthPublicKeyFile)
	if err != nil {
		return o, errors.New("AUTH_PUBLIC_KEY_FILE: cannot be read")
	}
	defer func() { _ = f.Close() }()
	o.PublicKeyPEM, err = io.ReadAll(io.LimitReader(f, maxPublicKeyFile))
	if err != nil || len(o.PublicKeyPEM) == 0 {
		return o, errors.New("AUTH_PUBLIC_KEY_FILE: holds no usable key")
	}
	return o, nil
}

// loginIssuer returns the issuer of the docs page's login, or "" if there is none: the page needs no token with AUTH_MODE=none.
func loginIssuer(c *config.Config) string {
	if !c.Docs || c.AuthMode == config.AuthModeNone {
		return ""
	}
	return c.DocsOIDCIssuer
}

// startLogin begins to discover the issuer of the docs page's login. It returns nil if there is none.
func startLogin(c *config.Config, log *slog.Logger) (*oidc.Discovery, *handlers.Login) {
	if loginIssuer(c) == "" {
		return nil, nil
	}
	d := oidc.Discover(oidc.Options{Issuer: c.DocsOIDCIssuer, Log: log})
	return d, &handlers.Login{Issuer: c.DocsOIDCIssuer, ClientID: c.DocsOIDCClientID, Scopes: c.DocsOIDCScopes, Endpoints: d.Endpoints}
}

// verifier verifies tokens with the keys of the current settings. An auth.Verifier itself follows the keys that an issuer publishes.
type verifier struct {
	current atomic.Pointer[auth.Verifier]
	secret  []byte // of current; only the reloader reads it
	pem     []byte // of current; only the reloader reads it
}

func newVerifier(c *config.Config, log *slog.Logger, metrics prometheus.Registerer) (*verifier, error) {
	o, err := VerifierOptions(c, log)
	if err != nil {
		return nil, err
	}
	o.Metrics = metrics
	o.ParseProfiles = func(claim json.RawMessage) (any, int) {
		p := tenancy.Parse(claim)
		return p, p.Weight()
	}
	current, err := auth.New(o)
	if err != nil {
		return nil, err
	}
	v := &verifier{secret: o.Secret, pem: o.PublicKeyPEM}
	v.current.Store(current)
	return v, nil
}

// Verify returns the caller.
func (v *verifier) Verify(ctx context.Context, authorization []string) (*auth.Caller, error) {
	return v.current.Load().Verify(ctx, authorization)
}

// changed returns a verifier with the settings' keys; nil if they have not changed.
func (v *verifier) changed(c *config.Config, log *slog.Logger) (*verifier, error) {
	o, err := VerifierOptions(c, log)
	if err != nil || bytes.Equal(o.Secret, v.secret) && bytes.Equal(o.PublicKeyPEM, v.pem) {
		return nil, err
	}
	return newVerifier(c, log, nil) // keys from files have no metric
}

// swap applies the keys of next and returns what verified tokens before.
func (v *verifier) swap(next *verifier) (before *auth.Verifier) {
	v.secret, v.pem = next.secret, next.pem
	return v.current.Swap(next.current.Load())
}
