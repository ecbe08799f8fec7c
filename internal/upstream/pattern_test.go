package upstream_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// patterns records the patterns of requests, with their methods.
type patterns struct {
	http.RoundTripper
	seen []string // not guarded: the test sends one request after another
}

func (p *patterns) RoundTrip(r *http.Request) (*http.Response, error) {
	p.seen = append(p.seen, r.Method+" "+r.Pattern)
	return p.RoundTripper.RoundTrip(r)
}

// Spans bear these names: one for each endpoint, whatever the provider and the base of the account.
func TestRequestsHaveAPattern(t *testing.T) {
	for login, want := range map[string]struct {
		login   response
		options func(*testing.T, string) settings
	}{
		"POST /api/v4/auth/login": {nil, options},
		"GET /oauth2/token":       {oauthTokens(time.Now), oauthOptions},
	} {
		t.Run(login, func(t *testing.T) {
			r := start(t, want.login, returns("[]"))
			o, sent := want.options(t, r.URL), &patterns{}
			o.Wrap = func(next http.RoundTripper) http.RoundTripper {
				sent.RoundTripper = next
				return sent
			}
			wanted, c := []string{login}, connect(t, o)
			for _, e := range []*query.Endpoint{query.ByDay, query.Customers} {
				if _, err := fetch(t, c, newQuery(t, e, query.AWS, query.Params{})); err != nil {
					t.Fatal(err)
				}
				wanted = append(wanted, "POST /api/v4/{provider}/"+paths[e])
			}
			if !slices.Equal(sent.seen, wanted) {
				t.Errorf("got %q, want %q", sent.seen, wanted)
			}
		})
	}
}
