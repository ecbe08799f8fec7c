package upstream_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// The body would do for a 200 each time: the status alone decides.
func TestStatuses(t *testing.T) {
	t.Parallel()
	tests := map[fault.Kind][]int{
		fault.UpstreamInvalidResponse: {201, 202, 203, 204, 205, 206, 226, 299, 300, 301, 302, 303, 304, 307, 308, 399},
		fault.UpstreamRejected:        {400, 404, 422},
		fault.UpstreamCredentials:     {403},
		fault.UpstreamUnavailable:     {429},
		fault.UpstreamError:           {402, 405, 406, 408, 409, 410, 413, 415, 418, 451, 499, 500, 501, 502, 503, 504, 520, 599, 999},
	}
	for kind, statuses := range tests {
		for _, status := range statuses {
			t.Run(strconv.Itoa(status), func(t *testing.T) {
				r := start(t, nil, responds(status))
				_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
				wantFault(t, err, kind, status)
				sent := map[int]int{429: 2, 502: 3, 503: 3, 504: 3} // the others once
				r.wantCounts(t, 1, max(1, sent[status]))
			})
		}
	}
}

func TestTooManyRequestsHasARetryAfter(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		header         http.Header
		atLeast, below time.Duration
	}{
		"seconds": {http.Header{"Retry-After": {"17"}}, 17 * time.Second, 18 * time.Second},
		"date": {
			http.Header{"Retry-After": {time.Now().Add(10 * time.Minute).UTC().Format(http.TimeFormat)}},
			9 * time.Minute, 10*time.Minute + 1,
		},
		"absent": {http.Header{}, time.Second, 2 * time.Second},
		"absurd": {http.Header{"Retry-After": {"99999999999999"}}, time.Hour, time.Hour + 1},
		"silly":  {http.Header{"Retry-After": {"in a while"}}, time.Second, 2 * time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
				for key, values := range test.header {
					w.Header()[key] = values
				}
				responds(429)(w, r, n)
			})
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			e := wantFault(t, err, fault.UpstreamUnavailable, 429)
			if e.RetryAfter < test.atLeast || e.RetryAfter >= test.below {
				t.Errorf("got %s", e.RetryAfter)
			}
		})
	}
}

// redirects sends the client elsewhere.
func redirects(status int, location string) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Location", location)
		w.WriteHeader(status)
	}
}

// elsewhere is a server that must not be called.
func elsewhere(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s %s came here, with Authorization %q", r.Method, r.URL, r.Header.Get("Authorization"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			r := start(t, nil, redirects(status, elsewhere(t)+"/api/v4/azure/usages"))
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, fault.UpstreamInvalidResponse, status)
			r.wantCounts(t, 1, 1)
		})
	}
}

func TestRedirectsOfTheLoginAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			r := start(t, redirects(status, elsewhere(t)+"/api/v4/auth/login"), returns("[]"))
			for _, o := range []func() error{
				func() error { _, err := fetch(t, connect(t, options(t, r.URL)), usages(t)); return err },
				func() error { _, err := fetch(t, connect(t, oauthOptions(t, r.URL)), usages(t)); return err },
			} {
				wantFault(t, o(), fault.UpstreamInvalidResponse, status)
			}
			r.wantCounts(t, 2, 0)
		})
	}
}

// The target of a redirect does not matter, so neither does a Location that is no URL.
func TestRedirectWithABrokenLocation(t *testing.T) {
	tests := map[string]string{"absent": "", "broken": "http://[::1/%zz", "another scheme": "file:///etc/passwd"}
	for name, location := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, redirects(307, location))
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, fault.UpstreamInvalidResponse, 307)
			r = start(t, redirects(307, location), returns("[]"))
			_, err = fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, fault.UpstreamInvalidResponse, 307)
		})
	}
}

// A query is not retried before the time of a Retry-After.
func TestLongRetryAfterIsNotRetried(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Retry-After", "7")
		responds(503)(w, r, n)
	})
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	if f := wantFault(t, err, fault.UpstreamError, 503); f.RetryAfter != 7*time.Second {
		t.Errorf("Retry-After is %s", f.RetryAfter)
	}
	r.wantCounts(t, 1, 1)
}
