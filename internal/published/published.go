// Package published reads the documents that an issuer of tokens publishes over HTTP: its keys and its metadata. What an issuer sends is
// bounded before it is read, and a redirect never leads to plain http, where documents can be forged.
package published

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// The bounds of a request.
const (
	Timeout      = 5 * time.Second
	MaxBody      = 1 << 20 // bytes
	MaxRedirects = 3
	maxHeaders   = 64 << 10
)

// Client reads documents.
type Client struct{ http http.Client }

// NewClient returns a Client that sends its requests over transport.
func NewClient(transport http.RoundTripper) *Client {
	return &Client{http.Client{Transport: transport, CheckRedirect: checkRedirect}}
}

// NewTransport returns the transport of clients.
func NewTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: Timeout}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    Timeout,
		DisableKeepAlives:      true, // requests are rare
		MaxResponseHeaderBytes: maxHeaders,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
}

func checkRedirect(next *http.Request, before []*http.Request) error {
	switch {
	case len(before) > MaxRedirects:
		return errors.New("too many redirects")
	case next.URL.Scheme != "https":
		return errors.New("a redirect to plain http is not followed")
	default:
		return nil
	}
}

// Get returns the document at a URL. Errors do not contain the URL, which may hold a secret.
func (c *Client) Get(ctx context.Context, url, accept string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, errors.New("the URL is not valid")
	}
	req.Header.Set("Accept", accept)
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, errors.Unwrap(err) // of the *url.Error
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status is %s", resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	if len(body) > MaxBody {
		return nil, errors.New("the response is larger than 1 MiB")
	}
	return body, err
}
