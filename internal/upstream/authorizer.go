package upstream

import (
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
		return nil, err
	}
	resp, err := a.send(req, used)
	if err != nil || resp.StatusCode != http.StatusUnauthorized {
		return resp, err
	}
	if !a.replace(req.URL.Path, used) {
		return resp, nil
	}
	drain(resp)
	renewed, err := a.source.get(req.Context())
	if err != nil {
		return nil, err
	}
	resp, err = a.send(req, renewed)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		a.bar(req.URL.Path)
	}
	return resp, err
}

// replace drops the refused token, unless another request has done so already, and says whether it is worth asking with
// another one. The look, the count and the drop are one step: any number of requests that saw one refusal cause one login.
func (a *authorizer) replace(path string, refused token) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.now()
	switch {
	case now.Before(a.barred[path]):
		return false
	case !a.source.holds(refused):
		return true
	case len(a.caused) == loginsAMinute && now.Sub(a.caused[0]) < time.Minute:
		return false
	case len(a.caused) == loginsAMinute:
		a.caused = a.caused[1:]
	}
	a.caused = append(a.caused, now)
	a.source.invalidate(refused)
	return true
}

func (a *authorizer) bar(path string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.barred[path] = a.now().Add(barTime)
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
