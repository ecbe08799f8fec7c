package upstream

import (
	"context"
	"net/http"
	"time"
)

// authorizer adds the shared token to every request. A token that Rocket refuses is replaced, and the request repeated with
// the new one, once. Some accounts are refused at some providers with any token: that must neither become a storm of logins
// nor take the token from the others.
type authorizer struct {
	next     http.RoundTripper
	source   *source
	refusals *refusals
}

func newAuthorizer(next http.RoundTripper, source *source, now func() time.Time) *authorizer {
	return &authorizer{next: next, source: source, refusals: newRefusals(now)}
}

// RoundTrip sends the request, at most twice. The body must be repeatable.
func (a *authorizer) RoundTrip(req *http.Request) (*http.Response, error) {
	used, err := a.source.get(req.Context())
	if err != nil {
		return nil, loginFailure{err}
	}
	resp, err := a.send(req, used)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	outcome := a.refuse(req.Context(), req.URL.Path, used)
	if outcome == barred || outcome == spent {
		return resp, nil
	}
	drain(resp)
	another, err := a.source.get(req.Context())
	if err != nil {
		return nil, loginFailure{err}
	}
	resp, err = a.send(req, another)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && outcome == dropped {
		a.bar(req.Context(), req.URL.Path)
	}
	return resp, err
}

// refuse decides what becomes of a token that Rocket refused, for the fleet where it shares the token, and here.
func (a *authorizer) refuse(ctx context.Context, path string, refused token) string {
	if !a.source.holds(refused) {
		return renewed
	}
	of := a.refusals.recordOf(path, refused)
	if a.source.vault != nil && refused.sealed != "" {
		outcome, err := a.source.vault.refuse(ctx, path, refused, of)
		if err == nil && outcome != barred && outcome != spent {
			a.source.invalidate(refused)
		}
		if err == nil {
			return outcome
		}
	}
	return a.refusals.judge(path, of, func() bool { return a.source.invalidate(refused) })
}

// bar keeps refusals of a path, on which a new token did not help, from causing logins for a while.
func (a *authorizer) bar(ctx context.Context, path string) {
	a.refusals.bar(path)
	if a.source.vault != nil {
		a.source.vault.bar(context.WithoutCancel(ctx), path)
	}
}

// send leaves req as it is: a round tripper must not change it.
func (a *authorizer) send(req *http.Request, t token) (*http.Response, error) {
	with := req.Clone(req.Context())
	with.Header.Set("Authorization", "Bearer "+t.value)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		with.Body = body
	}
	resp, err := a.next.RoundTrip(with)
	if err == nil && resp.StatusCode != http.StatusUnauthorized {
		a.refusals.serve(req.URL.Path, t)
	}
	return resp, err
}
