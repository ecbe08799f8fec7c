package upstream

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// observed records every request, logins too, in the health of its host.
type observed struct {
	next http.RoundTripper
	host func(name string) *health
}

// RoundTrip sends the request. Its attempt ends with the response's body.
func (o observed) RoundTrip(req *http.Request) (*http.Response, error) {
	a := o.host(req.URL.Host).begin()
	resp, err := o.next.RoundTrip(req)
	switch {
	case err != nil:
		a.endWith(err)
		return nil, err
	case resp.StatusCode >= http.StatusInternalServerError:
		a.fail()
	case resp.StatusCode == http.StatusTooManyRequests: // it concerns the account
		a.abandon(true)
	}
	resp.Body = &observedBody{ReadCloser: resp.Body, attempt: a}
	return resp, nil
}

// endWith ends an attempt with an error of the transport's.
func (a *attempt) endWith(err error) {
	switch {
	case errors.Is(err, context.Canceled):
		a.abandon(false)
	case errors.Is(err, context.DeadlineExceeded):
		a.expire()
	default:
		a.fail()
	}
}

// observedBody ends the attempt when the body ends.
type observedBody struct {
	io.ReadCloser
	attempt *attempt
}

// Read reads the body.
func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		b.attempt.succeed()
	case err != nil:
		b.attempt.endWith(err)
	}
	return n, err
}

// Close closes the body. What was not read was not wanted: the host responded.
func (b *observedBody) Close() error {
	b.attempt.succeed()
	return b.ReadCloser.Close()
}
