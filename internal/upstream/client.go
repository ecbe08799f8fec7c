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
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxDrain = 100 * time.Millisecond

// Options are what a Client is made of.
type Options struct {
	Account Account
	Line    *Line
	Timeout time.Duration // of a login; a question's deadline is its context's
	Fleet   *fleet.Redis  // where replicas share the token; nil: each has its own
	Seal    *Seal         // what the token is sealed with there; nil: it stays here
	Observe func(Call)    // told of every question that was sent
	OnLogin func(error)   // told of every login that was sent, and what came of it; may be nil
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
	identity string
	tokens   *source
	rocket   http.RoundTripper // no http.Client: that one would follow redirects, or fail on where they lead
	host     *host
}

// New makes a client; nothing is sent before the first question.
func New(o Options) *Client {
	c := &Client{Options: o, identity: o.Account.identity(), host: o.Line.host(o.Account.Base.Host)}
	login := c.Account.v4(o.Line.wrapped, o.Line.Now)
	if o.Account.OAuth != nil {
		login = c.Account.oauthV1(o.Line.wrapped, o.Line.Now)
	}
	persistent := func(ctx context.Context) (token, error) {
		return retry(ctx, o.Line.retries, func() (token, error) {
			t, err := login(ctx)
			if o.OnLogin != nil {
				o.OnLogin(err)
			}
			return t, err
		})
	}
	c.tokens = newSource(persistent, o.Timeout, o.Line.Now, o.Line.Log.With("account", o.Account.Name))
	if o.Fleet != nil && o.Seal != nil {
		c.tokens.vault = newVault(o.Fleet, o.Seal, &c.Account)
	}
	c.rocket = newAuthorizer(o.Line.wrapped, c.tokens, o.Line.Now)
	return c
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

// Close ends a login under way. No Fetch may follow.
func (c *Client) Close() { c.tokens.close() }

// Fetch asks one question and gives the body as Rocket sent it. awaited is closed as soon as somebody waits for it.
func (c *Client) Fetch(ctx context.Context, q *query.Query, awaited <-chan struct{}) ([]byte, error) {
	content, err := c.host.ask(func() ([]byte, error) {
		return retry(ctx, c.Line.retries, func() ([]byte, error) { return c.attempt(ctx, q, awaited) })
	})
	c.Line.shed(err)
	return content, err
}

func (c *Client) attempt(ctx context.Context, q *query.Query, awaited <-chan struct{}) ([]byte, error) {
	place, err := c.Line.limiter.enter(ctx, awaited)
	if err != nil {
		return nil, err
	}
	defer place.leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Account.Base.String()+path(q), bytes.NewReader(body(q)))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	// A question changes nothing, so it is sent again where a connection turns out to be closed. The empty value says so to
	// the transport, and is not sent.
	req.Header["X-Idempotency-Key"] = []string{}
	started := c.Line.Now()
	resp, err := c.rocket.RoundTrip(req)
	if err != nil {
		c.observe(q, 0, started)
		return nil, unreachable(err)
	}
	defer drain(resp)
	content, err := c.read(ctx, resp, q)
	c.observe(q, resp.StatusCode, started)
	c.host.heard(err)
	return content, err
}

func (c *Client) observe(q *query.Query, status int, started time.Time) {
	if c.Observe != nil {
		c.Observe(Call{q.Provider, q.Endpoint.Name, status, c.Line.Now().Sub(started)})
	}
}

// read takes a 200 with a body that is what the question asks for, and turns anything else into the failure it is.
func (c *Client) read(ctx context.Context, resp *http.Response, q *query.Query) ([]byte, error) {
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
	content, err := c.readBody(ctx, resp)
	if err != nil {
		f := fault.Of(err)
		f.Status = resp.StatusCode
		return nil, f
	}
	return check(content, resp.Header.Get("Content-Type"), q.Endpoint)
}

// readBody returns the whole body of a 200, decoded, within the limit of its size.
func (c *Client) readBody(ctx context.Context, resp *http.Response) ([]byte, error) {
	if err := unusable(resp); err != nil {
		return nil, err
	}
	content, err := c.Line.room.read(ctx, resp.Body, resp.ContentLength)
	if err != nil {
		return nil, unread(err)
	}
	return content, nil
}

// drain reads what little may be left, so that the connection can be used again, and closes the body. It does not wait for
// a body that stalls.
func drain(resp *http.Response) {
	defer time.AfterFunc(maxDrain, func() { _ = resp.Body.Close() }).Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, 4<<10)
	_ = resp.Body.Close()
}
