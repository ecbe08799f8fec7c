package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// bearer sends a token of a source with each request.
type bearer struct {
	source oauth2.TokenSource
	base   http.RoundTripper
	calls  singleflight.Group
}

// RoundTrip sends a copy of a request, with a token.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	token, err := b.token(r.Context())
	if err != nil {
		return nil, &tokenError{err}
	}
	r = r.Clone(r.Context())
	token.SetAuthHeader(r)
	if b.base == nil {
		return http.DefaultTransport.RoundTrip(r)
	}
	return b.base.RoundTrip(r)
}

// token returns a token of the source, which knows no context. Concurrent requests share one call of it, so that a source that hangs holds
// one goroutine, and each request ends with its context.
func (b *bearer) token(ctx context.Context) (*oauth2.Token, error) {
	call := b.calls.DoChan("", func() (any, error) { return b.source.Token() })
	select {
	case result := <-call:
		token, _ := result.Val.(*oauth2.Token)
		if result.Err == nil && (token == nil || token.AccessToken == "") {
			return nil, errors.New("it has no token")
		}
		return token, result.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(longestWait):
		return nil, fmt.Errorf("no token within %s", longestWait)
	}
}

// tokenError is the error of a request without a token.
type tokenError struct{ err error }

func (e *tokenError) Error() string { return "the token source: " + e.err.Error() }
func (e *tokenError) Unwrap() error { return e.err }
