package upstream

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Options configure a Client.
type Options struct {
	Account   Account
	Transport *Transport
	Fleet     *fleet.Redis // for sharing the token with other replicas; nil: each has its own
	Seal      *Seal        // of the token there; nil: it stays here
}

// Client sends queries to Rocket with one service account. It is safe for concurrent use.
type Client struct {
	Options
	identity   string
	countLogin func(error)
	tokens     *tokenSource
	host       *breaker // which accounts of the same host share
	account    *breaker // of what concerns the account alone
	cooldown   cooldown
}

// New returns a client that sends nothing before the first query.
func New(o Options) *Client {
	c := &Client{Options: o, identity: o.Account.identity(), host: o.Transport.breaker(o.Account.Base.Host)}
	c.account = newBreaker(0, o.Transport.Now, slog.New(slog.DiscardHandler)) // the token source logs failing logins
	c.account.backgroundOnly = true
	var store *tokenStore
	if o.Fleet != nil && o.Seal != nil {
		store = newTokenStore(o.Fleet, o.Seal, &c.Account)
	}
	c.tokens = newTokenSource(c.logIn, o.Transport.Timeout, o.Transport.Now, store, o.Transport.Log.With("account", o.Account.Name))
	c.countLogin = o.Transport.metrics.loginCounter(o.Account.Name)
	return c
}

// Identity returns the account's part of cache keys: a hash of base, method and user name.
func (c *Client) Identity() string { return c.identity }

func (a *Account) identity() string {
	method := "login"
	if a.OAuth != nil {
		method = "oauth_v1 " + a.OAuth.String()
	}
	sum := sha256.Sum256([]byte(a.Base.String() + "\n" + method + "\n" + a.Username)) // no URL has a line break
	return base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Close ends a login under way and waits for it. No Fetch may follow.
func (c *Client) Close() { c.tokens.close() }

// Failing reports whether Rocket is known not to respond to this account, and whether a refresh may be sent as a probe all the same.
func (c *Client) Failing() (failing, probe bool) {
	cooling := c.cooldown.left(c.Transport.Now()) > 0
	hostState, _, hostProbe := c.host.status()
	accountState, _, accountProbe := c.account.status()
	return hostState != BreakerClosed || accountState != BreakerClosed || cooling, hostProbe && accountProbe && !cooling
}

// Fetch returns the body of Rocket's response to a query, as it was sent. requested is closed as soon as a caller waits for it. The
// error is a *fault.Error.
func (c *Client) Fetch(ctx context.Context, q *query.Query, requested <-chan struct{}) ([]byte, error) {
	body, err := retry(ctx, c.Transport.retries, c.host, func() ([]byte, error) { return c.attempt(ctx, q, requested) })
	c.Transport.metrics.query(err)
	return body, err
}

// attempt sends the query once: if the breakers permit it, in a slot, with the token. It asks the breakers before the queue, so that
// what cannot be sent does not wait, and again after it.
func (c *Client) attempt(ctx context.Context, q *query.Query, requested <-chan struct{}) (body []byte, err error) {
	if err := c.refusal(priorityOf(requested)); err != nil {
		return nil, err
	}
	slot, err := c.Transport.bulkhead.acquire(ctx, requested)
	if err != nil {
		return nil, err
	}
	defer slot.release()
	p := priorityOf(requested)
	for _, b := range []*breaker{c.host, c.account} {
		release, ok := b.permit(p)
		if !ok {
			return nil, open()
		}
		defer release()
	}
	sent := c.account.begin()
	defer func() { c.record(sent, err) }()
	started, status := c.Transport.Now(), 0
	resp, err := c.send(ctx, q)
	if err == nil {
		defer drain(resp)
		status = resp.StatusCode
		body, err = c.read(ctx, resp, q.Endpoint)
	}
	c.Transport.metrics.request(q, status, c.Transport.Now().Sub(started))
	return body, err
}

// refusal returns why nothing may be sent now, or nil.
func (c *Client) refusal(p priority) error {
	if wait := c.cooldown.left(c.Transport.Now()); wait > 0 {
		return unavailable(shedLimited, "Rocket asks for fewer requests.", wait)
	}
	if !c.host.allows(p) || !c.account.allows(p) {
		return open()
	}
	return nil
}

func open() error {
	return unavailable(shedBreaker, "Rocket has not responded for some seconds, and is asked again in a moment.", probeInterval)
}

// record records the outcome of an attempt as evidence about the account.
func (c *Client) record(sent *attempt, err error) {
	c.cooldown.record(err, c.Transport.Now())
	var login loginFailure
	switch {
	case err == nil:
		sent.end(nil)
	case errors.As(err, &login), fault.Of(err).Status == http.StatusTooManyRequests:
		sent.end(errFailed)
	default: // it concerns the query or the host
		sent.end(context.Canceled)
	}
}

// send sends the query with the shared token. If Rocket refuses the token, send replaces it and sends the query once more. Some accounts
// are refused at some providers with any token: that must neither cause a storm of logins nor take the token from other queries.
func (c *Client) send(ctx context.Context, q *query.Query) (*http.Response, error) {
	resp, used, err := c.post(ctx, q, body(q))
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	verdict := c.tokens.refuse(ctx, c.path(q), used)
	if verdict == barred || verdict == spent {
		return resp, nil
	}
	drain(resp)
	resp, _, err = c.post(ctx, q, body(q))
	if err == nil && resp.StatusCode == http.StatusUnauthorized && verdict == dropped {
		c.tokens.bar(ctx, c.path(q))
	}
	return resp, err
}

// path returns the path of a query's URL.
func (c *Client) path(q *query.Query) string { return c.Account.Base.Path + path(q) }

// post sends the query once, with the given content, and returns the token that it used.
func (c *Client) post(ctx context.Context, q *query.Query, content []byte) (resp *http.Response, used token, err error) {
	if used, err = c.tokens.get(ctx); err != nil {
		return nil, used, loginFailure{unreachable(err)}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Account.Base.String()+path(q), bytes.NewReader(content))
	if err != nil {
		return nil, used, err
	}
	req.Pattern = pathPattern(q) // for TransportOptions.Wrap; net/http sends nothing of it
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+used.value)
	// A query changes nothing, so net/http sends it again if a connection turns out to be closed. The empty value makes it do so, and is
	// not sent.
	req.Header["X-Idempotency-Key"] = []string{}
	resp, err = c.Transport.send(req)
	if err == nil && resp.StatusCode != http.StatusUnauthorized {
		c.tokens.accept(c.path(q), used)
	}
	return resp, used, err
}

// read returns the body of a 200 that has the shape of the endpoint, or the failure that the response is.
func (c *Client) read(ctx context.Context, resp *http.Response, e *query.Endpoint) ([]byte, error) {
	if err := classify(resp, queryFailures); err != nil {
		return nil, err
	}
	body, err := c.Transport.memory.read(ctx, resp.Body, resp.ContentLength)
	if err != nil {
		f := fault.Of(unread(err))
		f.Status = resp.StatusCode
		return nil, f
	}
	return check(body, resp.Header.Get("Content-Type"), e)
}
