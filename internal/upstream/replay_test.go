package upstream_test

import (
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// refuses returns 401 to the given tokens and a list to all others.
func refuses(tokens ...string) response {
	return func(w http.ResponseWriter, r *http.Request, n int) {
		for _, token := range tokens {
			if r.Header.Get("Authorization") == "Bearer "+token {
				responds(401)(w, r, n)
				return
			}
		}
		returns("[]")(w, r, n)
	}
}

func TestRefusedTokenIsReplacedAndTheQueryRepeated(t *testing.T) {
	r := start(t, nil, refuses("token-1"))
	q := newQuery(t, query.ByDay, query.GCP, everything(t))
	if body, err := fetch(t, connect(t, options(t, r.URL)), q); err != nil || body != "[]" {
		t.Fatalf("got %q, %v", body, err)
	}
	r.wantCounts(t, 2, 2)
	_, queries := r.seen()
	first, second := queries[0], queries[1]
	wantHeader(t, first, "Authorization", "Bearer token-1")
	wantHeader(t, second, "Authorization", "Bearer token-2")
	first.header.Del("Authorization")
	second.header.Del("Authorization")
	if diff := cmp.Diff(first, second, cmp.AllowUnexported(request{})); diff != "" || first.body == "" {
		t.Errorf("the repeated query differs: %s", diff)
	}
}

func TestReplacedTokenIsKept(t *testing.T) {
	r := start(t, nil, refuses("token-1"))
	c := connect(t, options(t, r.URL))
	for range 3 {
		mustFetch(t, c)
	}
	r.wantCounts(t, 2, 4)
}

// All queries meet at the server with the old token before the first of them is refused.
func TestConcurrentRefusalsShareOneLogin(t *testing.T) {
	const queries = 20
	var arrived atomic.Int32
	together := make(chan struct{})
	refused := refuses("token-1")
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			if arrived.Add(1) == queries {
				close(together)
			}
			select {
			case <-together:
			case <-r.Context().Done():
			}
		}
		refused(w, r, n)
	})
	o := options(t, r.URL)
	o.MaxConcurrent = queries
	errs, wait := fetchers(t, connect(t, o), queries)
	wait()
	for range queries {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
	r.wantCounts(t, 2, 2*queries)
}

// A refusal that arrives after another query has renewed the token must not throw the new one away.
func TestLateRefusalKeepsTheNewToken(t *testing.T) {
	held, proceed := make(chan struct{}), make(chan struct{})
	refused := refuses("token-1")
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			close(held)
			<-proceed
		}
		refused(w, r, n)
	})
	c := connect(t, options(t, r.URL))
	errs, wait := fetchers(t, c, 1)
	<-held
	mustFetch(t, c)
	close(proceed)
	wait()
	if err := <-errs; err != nil {
		t.Error(err)
	}
	r.wantCounts(t, 2, 4)
}

func TestRefusalOfANewTokenIsFinal(t *testing.T) {
	for _, status := range []int{401, 403} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
				responds([]int{401, status}[n-1])(w, r, n)
			})
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, fault.UpstreamCredentials, status)
			r.wantCounts(t, 2, 2)
		})
	}
}

func TestForbiddenIsNotRepeated(t *testing.T) {
	r := start(t, nil, responds(403))
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	wantFault(t, err, fault.UpstreamCredentials, 403)
	r.wantCounts(t, 1, 1)
}

func TestFailedLoginAfterARefusal(t *testing.T) {
	tests := map[int]fault.Kind{401: fault.UpstreamCredentials, 500: fault.UpstreamError}
	for status, kind := range tests {
		t.Run(http.StatusText(status), func(t *testing.T) {
			issue := tokens(time.Now)
			r := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if n > 1 {
					responds(status)(w, r, n)
					return
				}
				issue(w, r, n)
			}, responds(401))
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, kind, status)
			r.wantCounts(t, 2, 1)
		})
	}
}

func TestRepeatedQueryMayFailInItsOwnWay(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		responds([]int{401, 422}[n-1])(w, r, n)
	})
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	wantFault(t, err, fault.UpstreamRejected, 422)
	r.wantCounts(t, 2, 2)
}

// Some accounts are refused at some providers with any token. That causes one login a minute if the token serves other paths, and
// the token stays for them.
func TestAPathThatIsRefusedWithAnyTokenCausesNoStorm(t *testing.T) {
	var now clock
	sim, server := standIn(t, rocketsim.Options{Now: now.now, Deny: "aws", SingleSession: true})
	o := options(t, server)
	o.Now = now.now
	c := connect(t, o)
	denied := newQuery(t, query.Usages, query.AWS, query.Params{})
	for second := range 60 {
		now.set(time.Duration(second) * time.Second)
		_, err := fetch(t, c, denied)
		wantFault(t, err, fault.UpstreamCredentials, 401)
		mustFetch(t, c)
	}
	if n := sim.Counts().Logins; n != 2 {
		t.Errorf("%d logins, want the first and one to make sure", n)
	}
	now.set(time.Minute)
	_, err := fetch(t, c, denied)
	wantFault(t, err, fault.UpstreamCredentials, 401)
	if n := sim.Counts().Logins; n != 3 {
		t.Errorf("%d logins, want one more after a minute", n)
	}
}

// Whatever is refused with any token, logins that do not help have a cooldown between them.
func TestRefusalsCauseFewLogins(t *testing.T) {
	for serves, most := range map[bool]int{true: 1 + 3, false: 1 + 5} {
		var now clock
		sim, server := standIn(t, rocketsim.Options{Now: now.now, Deny: "aws"})
		o := options(t, server)
		o.Now = now.now
		c := connect(t, o)
		for second := range 60 {
			now.set(time.Duration(second) * time.Second)
			if serves {
				mustFetch(t, c)
			}
			for _, e := range query.Endpoints() {
				_, err := fetch(t, c, newQuery(t, e, query.AWS, query.Params{}))
				wantFault(t, err, fault.UpstreamCredentials, 401)
			}
		}
		if n := sim.Counts().Logins; n != most {
			t.Errorf("%d logins in a minute, want %d; the token serves others: %t", n, most, serves)
		}
	}
}

// A Rocket that refused every token for a while, and then takes new ones alone, is used again within 15 seconds.
func TestARocketThatLostItsSessionsIsUsedAgainSoon(t *testing.T) {
	for _, outage := range []time.Duration{time.Second, 3 * time.Second, 12 * time.Second, 40 * time.Second} {
		var now clock
		var good atomic.Int32 // the number of the oldest token that is taken
		good.Store(1)
		r := start(t, tokens(now.now), func(w http.ResponseWriter, r *http.Request, n int) {
			var token int32
			if _, err := fmt.Sscanf(r.Header.Get("Authorization"), "Bearer token-%d", &token); err != nil || token < good.Load() {
				responds(401)(w, r, n)
				return
			}
			returns("[]")(w, r, n)
		})
		o := options(t, r.URL)
		o.Now = now.now
		c := connect(t, o)
		mustFetch(t, c)
		const never = 1 << 30
		good.Store(never)
		for at := time.Second; ; at += time.Second {
			now.set(at)
			if at == outage {
				logins, _ := r.seen()
				good.Store(int32(len(logins)) + 1)
			}
			if _, err := fetch(t, c, usages(t)); err == nil {
				if at > outage+15*time.Second {
					t.Errorf("after %s of refusals it took %s more", outage, at-outage)
				}
				break
			}
		}
	}
}

// Tokens that are revoked again and again are renewed each time: such logins help.
func TestEveryRevocationIsMended(t *testing.T) {
	var now clock
	sim, server := standIn(t, rocketsim.Options{Now: now.now, SingleSession: true, Deny: "aws"})
	o := options(t, server)
	o.Now = now.now
	c := connect(t, o)
	for n := range 15 {
		now.set(time.Duration(n) * 3 * time.Second)
		mustFetch(t, c)
		_, _ = fetch(t, c, newQuery(t, query.Usages, query.AWS, query.Params{}))
		mustFetch(t, c)
		outsider := connect(t, o)
		mustFetch(t, outsider)
	}
	if n := sim.Counts().Logins; n > 15+1+15+4 {
		t.Errorf("%d logins", n)
	}
}
