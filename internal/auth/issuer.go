package auth

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

const (
	fetchTimeout = 5 * time.Second
	maxReply     = 1 << 20
	maxHeaders   = 64 << 10
	maxRedirects = 3
)

// issuer is where keys are published.
type issuer struct {
	url    string
	client *http.Client
}

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: fetchTimeout}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    fetchTimeout,
		DisableKeepAlives:      true, // fetches are minutes apart
		MaxResponseHeaderBytes: maxHeaders,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
	}
}

func newIssuer(address string, network http.RoundTripper) *issuer {
	return &issuer{address, &http.Client{Transport: network, CheckRedirect: checkRedirect}}
}

// checkRedirect lets nobody on the way turn https into http, where keys can be forged.
func checkRedirect(next *http.Request, before []*http.Request) error {
	switch {
	case len(before) > maxRedirects:
		return errors.New("too many redirects")
	case next.URL.Scheme != "https":
		return errors.New("a redirect to plain http is not followed")
	default:
		return nil
	}
}

// keys fetches the set as it is now. It survives a panic: what is read here is others' text, and nobody above would catch it.
func (i *issuer) keys(ctx context.Context) (set *keySet, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in reading the answer: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	reply, err := i.get(ctx)
	if err != nil {
		return nil, withoutURL(err)
	}
	return readJWKS(reply)
}

func (i *issuer) get(ctx context.Context) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.url, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", "application/jwk-set+json, application/json")
	resp, err := i.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the answer is %s", resp.Status)
	}
	reply, err := io.ReadAll(io.LimitReader(resp.Body, maxReply+1))
	if len(reply) > maxReply {
		return nil, errors.New("the answer is larger than 1 MiB")
	}
	return reply, err
}

// withoutURL is the error without the address, whose query may hold what is not for the log.
func withoutURL(err error) error {
	var located *url.Error
	if errors.As(err, &located) {
		return located.Err
	}
	return err
}
