package upstream

import (
	"net/http"
)

// authorizer adds the shared token to every request. A token that Rocket refuses is replaced, and the request repeated with
// the new one, once.
type authorizer struct {
	next   http.RoundTripper
	source *source
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
	drain(resp)
	a.source.invalidate(used)
	renewed, err := a.source.get(req.Context())
	if err != nil {
		return nil, err
	}
	return a.send(req, renewed)
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
