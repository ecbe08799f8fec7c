package upstream

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	barTime       = time.Minute // a path that was refused with a new token too causes no login for so long
	loginsAMinute = 3           // logins that refused tokens may cause
)

// authorizer adds the shared token to every request. A token that Rocket refuses is replaced, and the request repeated with
// the new one, once. Some accounts are refused at some providers with any token: that must neither become a storm of logins
// nor take the token from the others.
type authorizer struct {
	next   http.RoundTripper
	source *source
	now    func() time.Time

	mu     sync.Mutex
	barred map[string]time.Time // guarded by mu: paths that cause no login, until when; as many as Rocket has
	caused []time.Time          // guarded by mu: the latest logins that refusals have caused
}

func newAuthorizer(next http.RoundTripper, source *source, now func() time.Time) *authorizer {
	return &authorizer{next: next, source: source, now: now, barred: map[string]time.Time{}}
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
	again, caused := a.replace(req.Context(), req.URL.Path, used)
	if !again {
		return resp, nil
	}
	drain(resp)
	renewed, err := a.source.get(req.Context())
	if err != nil {
		return nil, loginFailure{err}
	}
	resp, err = a.send(req, renewed)
	if err == nil && resp.StatusCode == http.StatusUnauthorized && caused {
		a.bar(req.Context(), req.URL.Path)
	}
	return resp, err
}

// replace drops the refused token, unless another request has done so already. again says whether it is worth asking with
// another one, caused whether that one is of a login that this refusal causes.
func (a *authorizer) replace(ctx context.Context, path string, refused token) (again, caused bool) {
	if a.isBarred(path) {
		return false, false
	}
	if a.source.vault != nil && refused.sealed != "" && a.source.holds(refused) {
		switch outcome, err := a.source.vault.refuse(ctx, path, refused); {
		case err != nil: // without Redis it is this process's own affair
		case outcome == barred, outcome == spent:
			return false, false
		default:
			a.source.invalidate(refused)
			return true, outcome == dropped
		}
	}
	return a.replaceHere(refused)
}

// replaceHere is replace for this process alone. The look, the count and the drop are one step: any number of requests that
// saw one refusal cause one login.
func (a *authorizer) replaceHere(refused token) (again, caused bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	switch {
	case !a.source.holds(refused):
		return true, false
	case len(a.caused) == loginsAMinute && now.Sub(a.caused[0]) < time.Minute:
		return false, false
	case len(a.caused) == loginsAMinute:
		a.caused = a.caused[1:]
	}
	a.caused = append(a.caused, now)
	a.source.invalidate(refused)
	return true, true
}

func (a *authorizer) isBarred(path string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.now().Before(a.barred[path])
}

// bar keeps refusals of a path, which are for any token, from causing logins for a while.
func (a *authorizer) bar(ctx context.Context, path string) {
	a.mu.Lock()
	a.barred[path] = a.now().Add(barTime)
	a.mu.Unlock()
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
	return a.next.RoundTrip(with)
}
