package client

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/oauth2"
)

// Client calls one gateway. It is safe for concurrent use.
type Client struct {
	base string // without a slash at its end
	http *retryablehttp.Client
}

// Option changes a default of New.
type Option func(*options)

type options struct {
	http    *http.Client
	tokens  oauth2.TokenSource
	retries int
}

// WithTokenSource sends a token of the source with each request. The source is asked once for each token's lifetime.
func WithTokenSource(tokens oauth2.TokenSource) Option {
	return func(o *options) { o.tokens = tokens }
}

// WithHTTPClient sends requests by a client of the caller's, for its transport and timeout. It is not changed. Redirects are not followed:
// the gateway sends none, and a token must not reach another host. Without this option, an attempt takes at most a minute.
func WithHTTPClient(c *http.Client) Option {
	return func(o *options) { o.http = c }
}

// WithRetries sets how many times a failed request is sent again: 3 by default, 0 for never.
//
// A request is sent again after a 429, 502, 503 or 504, and if the connection fails. The client waits for as long as Retry-After says, else
// for half a second at first, which doubles. It does not wait for more than 30 seconds or past the deadline of the context: the caller
// gets the problem at once, and [Problem.RetryAfter] has the wait.
func WithRetries(n int) Option {
	return func(o *options) { o.retries = n }
}

// New returns a client of the gateway at a URL such as "https://costs.example.com", with the path prefix that the gateway may have. It
// sends no request.
func New(baseURL string, with ...Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	if base.Scheme != "http" && base.Scheme != "https" || base.Host == "" || base.RawQuery != "" || base.Fragment != "" {
		return nil, fmt.Errorf("client: %q is not the URL of a gateway, such as https://costs.example.com", baseURL)
	}
	if base.User != nil {
		return nil, errors.New("client: the URL of the gateway has a user; use WithTokenSource")
	}
	o := options{http: &http.Client{Transport: cleanhttp.DefaultPooledTransport(), Timeout: time.Minute}, retries: 3}
	for _, option := range with {
		option(&o)
	}
	sender := *o.http
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if o.tokens != nil {
		sender.Transport = &oauth2.Transport{Base: sender.Transport, Source: oauth2.ReuseTokenSource(nil, o.tokens)}
	}
	return &Client{base: strings.TrimSuffix(base.String(), "/"), http: retrying(&sender, o.retries)}, nil
}
