package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-cleanhttp"
	"golang.org/x/oauth2"
)

// Client calls one gateway. It is safe for concurrent use.
type Client struct {
	base    string // without a slash at its end
	http    *http.Client
	tokens  *sharedSource // nil without
	retries int
}

// Option changes a default of New.
type Option func(*Client)

// WithTokenSource sends a token of a source with each request.
//
// The source is asked before each attempt, and decides how long a token lasts: that of clientcredentials keeps one until it expires. Wrap a
// source that always gets a new one by [oauth2.ReuseTokenSource]. Concurrent requests share one call of the source. Each waits for it until
// its context ends, and for at most 30 seconds.
//
// An error of the source is final, unless the network causes it, or the issuer sends a 429 or 5xx. That is a [url.Error] or a
// [net.OpError], or an [oauth2.RetrieveError]. An untrusted certificate of the issuer and a context of the source that has ended are final
// too. A source that panics fails the requests that wait for it.
func WithTokenSource(tokens oauth2.TokenSource) Option {
	return func(c *Client) { c.tokens = &sharedSource{TokenSource: tokens} }
}

// WithHTTPClient sends requests by a client of the caller's, for its transport and timeout. It is not changed. Redirects are not followed:
// the gateway sends none, and a token must not reach another host. Without this option, an attempt takes at most a minute.
func WithHTTPClient(sender *http.Client) Option {
	return func(c *Client) { c.http = sender }
}

// WithRetries sets how many times a failed request is sent again: 3 by default, 0 for never.
//
// A request is sent again after a 429, 502, 503 or 504, and if the connection fails. A 504 to only-if-cached and an untrusted certificate
// are final. The client waits for as long as Retry-After says, else for half a second at first, which doubles, with some jitter. It does
// not wait for more than 30 seconds or past the deadline of the context: the caller gets the problem at once, and [Problem.RetryAfter] has
// the wait.
func WithRetries(n int) Option {
	return func(c *Client) { c.retries = n }
}

// New returns a client of the gateway at a URL such as "https://costs.example.com", with the path prefix that the gateway may have. It
// sends no request.
func New(baseURL string, with ...Option) (*Client, error) {
	base, err := url.Parse(baseURL)
	if err != nil || base.Scheme != "http" && base.Scheme != "https" || base.Hostname() == "" ||
		base.User != nil || base.RawQuery != "" || base.ForceQuery || base.Fragment != "" {
		// The URL itself is left out: it may have a password.
		return nil, errors.New("client: New needs a URL such as https://costs.example.com/prefix, without user, query and fragment; " +
			"WithTokenSource is for credentials")
	}
	c := &Client{
		base: strings.TrimRight(base.String(), "/"), retries: 3,
		http: &http.Client{Transport: cleanhttp.DefaultPooledTransport(), Timeout: time.Minute},
	}
	for _, option := range with {
		if option == nil {
			return nil, errors.New("client: an option of New is nil")
		}
		option(c)
	}
	if c.http == nil {
		return nil, errors.New("client: the http.Client of WithHTTPClient is nil")
	}
	if c.tokens != nil && c.tokens.TokenSource == nil {
		return nil, errors.New("client: the source of WithTokenSource is nil")
	}
	sender := *c.http
	sender.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	c.http = &sender
	return c, nil
}
