package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
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
	Fleet   *fleet.Redis                    // where replicas share the token; nil: each has its own
	Seal    *Seal                           // what the token is sealed with there; nil: it stays here
	Observe func(Call)                      // told of every question that was sent
	OnLogin func(account string, err error) // receives the outcome of every login that was sent; may be nil
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
	host     *health           // of the account's host, which other accounts may share
	account  *health           // of what concerns the account alone
	pause    pause             // that Rocket asked this account for
}

// New makes a client; nothing is sent before the first question.
func New(o Options) *Client {
	c := &Client{Options: o, identity: o.Account.identity(), host: o.Line.host(o.Account.Base.Host)}
	c.account = newHealth(0, o.Line.Now, slog.New(slog.DiscardHandler)) // failing logins are logged where they are made
	login := c.Account.v4(o.Line.wrapped, o.Line.Now)
	if o.Account.OAuth != nil {
		login = c.Account.oauthV1(o.Line.wrapped, o.Line.Now)
	}
	loginHost := c.host
	if o.Account.OAuth != nil {
		loginHost = o.Line.host(o.Account.OAuth.Host)
	}
	persistent := func(ctx context.Context) (token, error) {
		return retry(ctx, o.Line.retries, loginHost, func() (token, error) {
			t, err := login(ctx)
			if o.OnLogin != nil {
				o.OnLogin(o.Account.Name, err)
			}
			return t, err
		})
	}
	var shared *vault
	if o.Fleet != nil && o.Seal != nil {
		shared = newVault(o.Fleet, o.Seal, &c.Account)
	}
	c.tokens = newSource(persistent, o.Line.Timeout, o.Line.Now, shared, o.Line.Log.With("account", o.Account.Name))
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
	content, err := retry(ctx, c.Line.retries, c.host, func() ([]byte, error) { return c.attempt(ctx, q, awaited) })
	c.Line.shed(err)
	return content, err
}

// Failing reports whether Rocket is known not to respond to this account, and whether a refresh may be sent as a probe all the same.
func (c *Client) Failing() (failing, probe bool) {
	hostFails, hostProbe := c.host.failing()
	accountFails, accountProbe := c.account.failing()
	paused := c.pause.left(c.Line.Now()) > 0
	return hostFails || accountFails || paused, hostProbe && accountProbe && !paused
}

// attempt sends the query once: if the breaker permits it, in a slot, with the token. It asks the breaker before the queue, so that
// what cannot be sent does not wait, and again after it.
func (c *Client) attempt(ctx context.Context, q *query.Query, awaited <-chan struct{}) (content []byte, err error) {
	if err := c.refusal(!closed(awaited)); err != nil {
		return nil, err
	}
	place, err := c.Line.limiter.enter(ctx, awaited)
	if err != nil {
		return nil, err
	}
	defer place.leave()
	release, err := c.permit(!closed(awaited))
	if err != nil {
		return nil, err
	}
	defer release()
	sent := c.account.begin()
	defer func() { c.learn(sent, err) }()
	return c.send(ctx, q)
}

// refusal returns why nothing may be sent now, or nil.
func (c *Client) refusal(background bool) error {
	if wait := c.pause.left(c.Line.Now()); wait > 0 {
		return unavailable(shedLimited, "Rocket asks for fewer requests.", wait)
	}
	if c.host.refuses(background) || background && c.account.refuses(background) {
		return broken()
	}
	return nil
}

// permit takes a permit of the breaker's. What callers wait for needs none for the account: a refused login fails by itself.
func (c *Client) permit(background bool) (release func(), err error) {
	releaseHost, ok := c.host.permit(background)
	if !ok {
		return nil, broken()
	}
	if !background {
		return releaseHost, nil
	}
	releaseAccount, ok := c.account.permit(background)
	if !ok {
		releaseHost()
		return nil, broken()
	}
	return func() {
		releaseAccount()
		releaseHost()
	}, nil
}

func broken() error {
	return unavailable(shedBreaker, "Rocket has not responded for some seconds, and is asked again in a moment.", probeInterval)
}

// learn records what a response says about the account.
func (c *Client) learn(sent *attempt, err error) {
	var login loginFailure
	limited := fault.Of(err)
	c.pause.learn(err, c.Line.Now())
	switch {
	case err == nil:
		sent.succeed()
	case errors.As(err, &login), limited.Status == http.StatusTooManyRequests:
		sent.fail()
	default:
		sent.abandon(false)
	}
}

func (c *Client) send(ctx context.Context, q *query.Query) ([]byte, error) {
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
