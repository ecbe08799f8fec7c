package main

import (
	"context"
	"crypto/tls"
	"log/slog"
	"os"
	"sync/atomic"
	"time"
)

// certificateCheck is how often the files are looked at.
const certificateCheck = 2 * time.Second

// certificate is that of TLS_CERT_FILE and TLS_KEY_FILE. It is read again when one of them changes; files that are no pair change
// nothing.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger
	pair              atomic.Pointer[tls.Certificate]
}

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	c.pair.Store(&pair)
	return c, err
}

// get is for tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }

// watch reads the files again whenever they have changed, until the context ends.
func (c *certificate) watch(ctx context.Context) {
	ticker := time.NewTicker(certificateCheck)
	defer ticker.Stop()
	for known := c.changed(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if now := c.changed(); now != known {
			known = now
			c.reload()
		}
	}
}

func (c *certificate) reload() {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the changed TLS_CERT_FILE and TLS_KEY_FILE are no pair; the old certificate stays", "error", err)
		return
	}
	c.pair.Store(&pair)
	c.log.Info("the certificate was read again", "expires", pair.Leaf.NotAfter)
}

// changed is when the files changed last; a file that is away for a moment has not.
func (c *certificate) changed() (stamp [2]time.Time) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if info, err := os.Stat(name); err == nil {
			stamp[i] = info.ModTime()
		}
	}
	return stamp
}
