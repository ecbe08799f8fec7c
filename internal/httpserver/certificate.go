package httpserver

import (
	"crypto/tls"
	"slices"
	"sync/atomic"
	"time"
)

// Certificate is a TLS certificate in files, which can be replaced while it is served.
type Certificate struct {
	certFile, keyFile string
	pair              atomic.Pointer[tls.Certificate]
}

// LoadCertificate reads the certificate and its key, both PEM.
func LoadCertificate(certFile, keyFile string) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	c.pair.Store(&pair)
	return c, err
}

// NotAfter returns when the certificate expires.
func (c *Certificate) NotAfter() time.Time { return c.pair.Load().Leaf.NotAfter }

// Reload reads the files again and reports whether they hold another certificate. Invalid files change nothing: config reports
// their faults.
func (c *Certificate) Reload() bool {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil || slices.EqualFunc(pair.Certificate, c.pair.Load().Certificate, slices.Equal) {
		return false
	}
	c.pair.Store(&pair)
	return true
}

// get is for tls.Config.GetCertificate.
func (c *Certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }
