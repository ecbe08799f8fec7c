package client

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"sync"
	"time"

	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"
	"golang.org/x/sync/singleflight"
)

// RoundTrip sends one attempt: a copy of a request, with a token. It hides the other methods of the caller's transport, so that
// retryablehttp does not close the caller's idle connections.
func (a *attempts) RoundTrip(r *http.Request) (*http.Response, error) {
	a.noToken = nil
	if source := a.client.tokens; source != nil {
		token, err := source.token(r.Context())
		if err != nil {
			a.noToken = err // a timeout of http.Client leaves only the text
			return nil, &tokenError{err}
		}
		r = r.Clone(r.Context())
		token.SetAuthHeader(r)
	}
	return cmp.Or(a.client.http.Transport, http.DefaultTransport).RoundTrip(r)
}

// sharedSource is a source of tokens. Concurrent requests share one call of it.
type sharedSource struct {
	oauth2.TokenSource
	calls singleflight.Group
}

// token returns a token of the source, which knows no context. A source that hangs holds one call, and each request ends with its context.
func (s *sharedSource) token(ctx context.Context) (*oauth2.Token, error) {
	call := s.calls.DoChan("", func() (any, error) { return s.ask() })
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

// ask calls the source in another goroutine than singleflight's: there, a panic would end the process, and after a runtime.Goexit, such as
// that of t.Fatal, callers would wait for no result.
func (s *sharedSource) ask() (token *oauth2.Token, err error) {
	err = errors.New("it did not return")
	var call sync.WaitGroup
	call.Go(func() {
		defer func() {
			if p := recover(); p != nil {
				err = fmt.Errorf("it panicked: %v\n\n%s", p, debug.Stack())
			}
		}()
		token, err = s.Token()
	})
	call.Wait()
	return token, err
}

// ofNetwork reports whether a source of tokens failed by the network, which may work a moment later.
func ofNetwork(err error) bool {
	var failed *url.Error
	if !errors.As(err, &failed) {
		return errors.As(err, new(*net.OpError))
	}
	if failed.Err == context.Canceled || failed.Err == context.DeadlineExceeded { //nolint:errorlint // timeouts of the network match too
		return false
	}
	passes, _ := retryablehttp.ErrorPropagatedRetryPolicy(context.Background(), nil, failed)
	return passes
}

// tokenError is the error of a request without a token.
type tokenError struct{ err error }

// Error returns the start of the source's text: that of a RetrieveError has all that the issuer sent.
func (e *tokenError) Error() string { return fmt.Sprintf("the token source: %.2000s", e.err) }
func (e *tokenError) Unwrap() error { return e.err }
