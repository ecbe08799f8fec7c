package main

import (
	"errors"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

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
