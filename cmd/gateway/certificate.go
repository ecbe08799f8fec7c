package main

import (
	"crypto/tls"
	"slices"
	"sync/atomic"
)

// certificate is that of TLS_CERT_FILE and TLS_KEY_FILE.
type certificate struct {
	certFile, keyFile string
	pair              atomic.Pointer[tls.Certificate]
}

func newCertificate(certFile, keyFile string) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	c.pair.Store(&pair)
	return c, err
}

// get is for tls.Config.GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.pair.Load(), nil }

// renew reads the files again, and says whether they are another pair. What is no pair changes nothing; reading the settings
// says why.
func (c *certificate) renew() bool {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil || slices.EqualFunc(pair.Certificate, c.pair.Load().Certificate, slices.Equal) {
		return false
	}
	c.pair.Store(&pair)
	return true
}
