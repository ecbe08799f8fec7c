package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// verifier tells callers with the keys of the moment. Keys that an issuer publishes are followed by the auth.Verifier itself.
type verifier struct {
	current atomic.Pointer[auth.Verifier]
	secret  []byte // that current was made with; nobody but the reloader looks at it
	pem     []byte // the same
}

func newVerifier(c *config.Config, log *slog.Logger, metrics prometheus.Registerer) (*verifier, error) {
	o, err := verifierOptions(c, log)
	if err != nil {
		return nil, err
	}
	o.Metrics = metrics
	o.ParseProfiles = func(claim json.RawMessage) any { return tenancy.Parse(claim) }
	current, err := auth.New(o)
	v := &verifier{secret: o.Secret, pem: o.PublicKeyPEM}
	v.current.Store(current)
	return v, err
}

// Verify gives the caller.
func (v *verifier) Verify(ctx context.Context, authorization []string) (*auth.Caller, error) {
	return v.current.Load().Verify(ctx, authorization)
}

// replaced gives a verifier with the settings' keys; nil where they are those that there are.
func (v *verifier) replaced(c *config.Config, log *slog.Logger) (*verifier, error) {
	o, err := verifierOptions(c, log)
	if err != nil || bytes.Equal(o.Secret, v.secret) && bytes.Equal(o.PublicKeyPEM, v.pem) {
		return nil, err
	}
	return newVerifier(c, log, nil) // keys from files have no metric
}

// take takes over the keys of another, and gives what checked tokens before.
func (v *verifier) take(other *verifier) (before *auth.Verifier) {
	v.secret, v.pem = other.secret, other.pem
	return v.current.Swap(other.current.Load())
}
