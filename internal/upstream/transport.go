package upstream

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

const (
	dialTimeout       = 5 * time.Second
	idleTimeout       = 90 * time.Second // Rocket's own is not documented; below common load balancers' is enough
	maxResponseHeader = 64 << 10
)

// newTransport keeps as many connections as there may be questions in flight, and one for a login.
func newTransport(concurrent int, caFile string) (*http.Transport, error) {
	roots, err := roots(caFile)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConns:           0, // the two below bound it
		MaxIdleConnsPerHost:    concurrent + 1,
		MaxConnsPerHost:        concurrent + 1,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    dialTimeout,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: maxResponseHeader,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}, nil
}

// roots are the system's with those of the file; nil means the system's.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, errors.New("ROCKET_CA_FILE: cannot be read: " + err.Error())
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("ROCKET_CA_FILE: holds no PEM certificate")
	}
	return pool, nil
}
