package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// load reads the settings, with the faults of the keys that tokens are checked with.
func load(environ []string) (*config.Config, error) { return config.Load(environ, keyFaults) }

func keyFaults(c *config.Config) (faults config.Faults) {
	if c.AuthMode != config.AuthModeJWT || c.AuthHS256Secret == "" && c.AuthJWKSURL == "" && c.AuthPublicKeyFile == "" {
		return nil // no key is there to be looked at, which config says by itself
	}
	o, err := verifierOptions(c, slog.New(slog.DiscardHandler))
	if err == nil {
		err = o.Check()
	}
	if err != nil {
		faults = strings.Split(err.Error(), "\n")
	}
	return faults
}

const maxPublicKeyFile = 64 << 10

// verifierOptions are the settings as package auth takes them.
func verifierOptions(c *config.Config, log *slog.Logger) (auth.Options, error) {
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
