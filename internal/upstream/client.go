package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxDrain = 100 * time.Millisecond

// Options are what a Client is made of.
type Options struct {
	Account          Account
	Timeout          time.Duration // of a login; a question's deadline is its context's
	MaxConcurrent    int
	QueueWait        time.Duration
	MaxResponseBytes int64
	CAFile           string
	Now              func() time.Time
	Observe          func(Call) // told of every question that was sent
}

// Call is one question as metrics see it.
type Call struct {
	Provider query.Provider
	Endpoint string
	Status   int // zero where there was no answer
	Took     time.Duration
}

// Client asks Rocket with one service account. It is safe for concurrent use.
type Client struct {
	Options
	identity  string
	transport *http.Transport
	tokens    *source
	rocket    http.RoundTripper // no http.Client: that one would follow redirects, or fail on where they lead
	limiter   *limiter
}

// New makes a client; nothing is sent before the first question.
func New(o Options) (*Client, error) {
	transport, err := newTransport(o.MaxConcurrent, o.CAFile)
	if err != nil {
		return nil, err
	}
	c := &Client{Options: o, identity: o.Account.identity(), transport: transport, limiter: newLimiter(o.MaxConcurrent, o.QueueWait)}
	login := c.Account.v4(transport)
	if o.Account.OAuth != nil {
		login = c.Account.oauthV1(transport)
	}
	c.tokens = newSource(login, o.Timeout, o.Now)
	c.rocket = newAuthorizer(transport, c.tokens, o.Now)
	return c, nil
}

// Identity stands for the account in cache keys: a hash of base, method and user name.
func (c *Client) Identity() string { return c.identity }

func (a *Account) identity() string {
	method := "login"
	if a.OAuth != nil {
		method = "oauth_v1 " + a.OAuth.String()
	}
	sum := sha256.Sum256([]byte(a.Base.String() + "\n" + method + "\n" + a.Username))
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Close ends a login under way and drops the idle connections. No Fetch may follow.
func (c *Client) Close() {
	c.tokens.close()
	c.transport.CloseIdleConnections()
}

// Fetch asks one question and gives the body as Rocket sent it.
func (c *Client) Fetch(ctx context.Context, q *query.Query) ([]byte, error) {
	if err := c.limiter.enter(ctx); err != nil {
		return nil, err
	}
	defer c.limiter.leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Account.Base.String()+path(q), bytes.NewReader(body(q)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	// A question changes nothing, so it is sent again where a connection turns out to be closed. The empty value says so to
	// the transport, and is not sent.
	req.Header["X-Idempotency-Key"] = []string{}
	started := c.Now()
	resp, err := c.rocket.RoundTrip(req)
	if err != nil {
		c.observe(q, 0, started)
		return nil, unreachable(err)
	}
	defer drain(resp)
	content, err := c.read(resp, q)
	c.observe(q, resp.StatusCode, started)
	return content, err
}

func (c *Client) observe(q *query.Query, status int, started time.Time) {
	if c.Observe != nil {
		c.Observe(Call{q.Provider, q.Endpoint.Name, status, c.Now().Sub(started)})
	}
}

// read takes a 200 with a body that is what the question asks for, and turns anything else into the failure it is.
func (c *Client) read(resp *http.Response, q *query.Query) ([]byte, error) {
	switch status := resp.StatusCode; status {
	case http.StatusOK:
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		return nil, &fault.Error{
			Kind: fault.UpstreamRejected, Status: status,
			Detail: "Rocket answered " + strconv.Itoa(status) + " to this question.",
		}
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, refused(status)
	default:
		return nil, failed(resp)
	}
	content, err := readBounded(resp, c.MaxResponseBytes)
	if err != nil {
		f := fault.Of(err)
		f.Status = resp.StatusCode
		return nil, f
	}
	if err := check(content, resp.Header.Get("Content-Type"), q.Endpoint.Shape); err != nil {
		return nil, err
	}
	return content, nil
}

// readBounded reads the whole body, or fails where it is larger than limit.
func readBounded(resp *http.Response, limit int64) ([]byte, error) {
	if resp.ContentLength > limit {
		return nil, tooLarge()
	}
	var b bytes.Buffer
	if resp.ContentLength > 0 {
		b.Grow(int(resp.ContentLength) + bytes.MinRead)
	}
	n, err := b.ReadFrom(io.LimitReader(resp.Body, limit+1))
	switch {
	case n > limit:
		return nil, tooLarge()
	case err != nil:
		return nil, unreachable(err)
	}
	return bytes.Clone(b.Bytes()), nil // without the room that the buffer has left
}

// drain reads what little may be left, so that the connection can be used again, and closes the body. It does not wait for
// a body that stalls.
func drain(resp *http.Response) {
	defer time.AfterFunc(maxDrain, func() { _ = resp.Body.Close() }).Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
}
