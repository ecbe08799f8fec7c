package upstream

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
)

// Probe connects to a server as questions do and says what TLS has agreed on, which is nil for plain http. What the server
// answers does not matter.
func (l *Line) Probe(ctx context.Context, u *url.URL) (*tls.ConnectionState, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := l.transport.RoundTrip(req)
	if err != nil {
		return nil, unreachable(err)
	}
	drain(resp)
	return resp.TLS, nil
}

// Proxy is what stands between here and a server, or nil. It may hold a password.
func (l *Line) Proxy(u *url.URL) (*url.URL, error) { return l.transport.Proxy(&http.Request{URL: u}) }
