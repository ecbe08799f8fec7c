package upstream_test

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// clock is set by the test.
type clock struct{ ahead atomic.Int64 }

func (c *clock) now() time.Time          { return today.Add(time.Duration(c.ahead.Load())) }
func (c *clock) set(after time.Duration) { c.ahead.Store(int64(after)) }

func TestLoginRequest(t *testing.T) {
	r := start(t, nil, returns("[]"))
	mustFetch(t, connect(t, options(t, r.URL)))
	logins, _ := r.seen()
	login := logins[0]
	if want := `{"Username":"svc.reports@example.com","Password":"p4ss \"w0rd\" <&> né"}`; login.body != want {
		t.Errorf("got %s", login.body)
	}
	if login.method != "POST" || login.path != "/api/v4/auth/login" {
		t.Errorf("got %s %s", login.method, login.path)
	}
	wantHeader(t, login, "Content-Type", "application/json")
	wantHeader(t, login, "Accept", "application/json")
	wantHeader(t, login, "Authorization")
}

func TestNothingIsSentBeforeTheFirstQuery(t *testing.T) {
	r := start(t, nil, returns("[]"))
	connect(t, options(t, r.URL)).Close()
	r.wantCounts(t, 0, 0)
}

func TestTokenExpiresAsTheLoginResponseSays(t *testing.T) {
	var c clock
	r := start(t, tokens(c.now), returns("[]"))
	o := options(t, r.URL)
	o.Now = c.now
	client := connect(t, o)
	for _, at := range []time.Duration{0, 30 * time.Minute, time.Hour, 89 * time.Minute} {
		c.set(at)
		mustFetch(t, client)
	}
	r.wantCounts(t, 2, 4)
	_, queries := r.seen()
	for i, want := range []string{"token-1", "token-1", "token-2", "token-2"} {
		wantHeader(t, queries[i], "Authorization", "Bearer "+want)
	}
}

func TestQueriesUseTheOldTokenDuringARenewal(t *testing.T) {
	var c clock
	renewing, proceed := make(chan struct{}), make(chan struct{})
	issue := tokens(c.now)
	r := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 2 {
			close(renewing)
			<-proceed
		}
		issue(w, r, n)
	}, returns("[]"))
	o := options(t, r.URL)
	o.Now = c.now
	client := connect(t, o)
	mustFetch(t, client)
	c.set(58 * time.Minute)
	mustFetch(t, client)
	<-renewing
	mustFetch(t, client)
	c.set(time.Hour) // from here on queries wait for the login in flight
	close(proceed)
	mustFetch(t, client)
	r.wantCounts(t, 2, 4)
	_, queries := r.seen()
	wantHeader(t, queries[2], "Authorization", "Bearer token-1")
	wantHeader(t, queries[3], "Authorization", "Bearer token-2")
}

func TestLoginFailures(t *testing.T) {
	t.Parallel()
	expiry, long := strconv.FormatInt(today.Unix(), 10), `,"x":"`+strings.Repeat("x", 1<<20)+`"}`
	tests := map[string]struct {
		login  response
		kind   fault.Kind
		status int
	}{
		"400":              {responds(400), fault.UpstreamCredentials, 400},
		"401":              {responds(401), fault.UpstreamCredentials, 401},
		"403":              {responds(403), fault.UpstreamCredentials, 403},
		"404":              {responds(404), fault.UpstreamError, 404},
		"429":              {responds(429), fault.UpstreamUnavailable, 429},
		"500":              {responds(500), fault.UpstreamError, 500},
		"503":              {responds(503), fault.UpstreamError, 503},
		"201":              {responds(201), fault.UpstreamInvalidResponse, 201},
		"HTML":             {returns("<html>Welcome</html>"), fault.UpstreamInvalidResponse, 200},
		"empty":            {returns(""), fault.UpstreamInvalidResponse, 200},
		"a list":           {returns("[]"), fault.UpstreamInvalidResponse, 200},
		"null":             {returns("null"), fault.UpstreamInvalidResponse, 200},
		"cut off":          {returns(`{"token":"t","expiresAt":` + expiry), fault.UpstreamInvalidResponse, 200},
		"no token":         {returns(`{"expiresAt":` + expiry + `}`), fault.UpstreamInvalidResponse, 200},
		"empty token":      {returns(`{"token":"","expiresAt":` + expiry + `}`), fault.UpstreamInvalidResponse, 200},
		"token no text":    {returns(`{"token":7,"expiresAt":` + expiry + `}`), fault.UpstreamInvalidResponse, 200},
		"no expiry":        {returns(`{"token":"t"}`), fault.UpstreamInvalidResponse, 200},
		"expiry zero":      {returns(`{"token":"t","expiresAt":0}`), fault.UpstreamInvalidResponse, 200},
		"expiry below":     {returns(`{"token":"t","expiresAt":-5}`), fault.UpstreamInvalidResponse, 200},
		"expiry in words":  {returns(`{"token":"t","expiresAt":"tomorrow"}`), fault.UpstreamInvalidResponse, 200},
		"too long":         {returns(`{"token":"t","expiresAt":` + expiry + long), fault.UpstreamInvalidResponse, 200},
		"hang-up":          {hangUp, fault.UpstreamError, 0},
		"502":              {responds(502), fault.UpstreamError, 502},
		"hang-up mid-body": {hangUpAfter(100, `{"token":"t"`), fault.UpstreamError, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, test.login, returns("[]"))
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			wantFault(t, err, test.kind, test.status)
			tries := map[int]int{429: 2, 502: 3, 503: 3, 0: 3} // the others once
			r.wantCounts(t, max(1, tries[test.status]), 0)
		})
	}
}

func TestFailedLoginIsTriedAgainAfterTheBackoff(t *testing.T) {
	issue := tokens(time.Now)
	r := start(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			responds(500)(w, r, n)
			return
		}
		issue(w, r, n)
	}, returns("[]"))
	var now clock
	o := options(t, r.URL)
	o.Now = now.now
	c := connect(t, o)
	for range 2 { // the second gets the failure of the first
		_, err := fetch(t, c, usages(t))
		wantFault(t, err, fault.UpstreamError, 500)
	}
	r.wantCounts(t, 1, 0)
	now.set(time.Second)
	mustFetch(t, c)
	r.wantCounts(t, 2, 1)
}

// never accepts a request and does not respond as long as the client waits.
func never(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }

func TestSlowLoginEndsAtTheTimeout(t *testing.T) {
	r := start(t, never, returns("[]"))
	o := options(t, r.URL)
	o.Timeout = 20 * time.Millisecond
	_, err := fetch(t, connect(t, o), usages(t))
	wantFault(t, err, fault.UpstreamTimeout, 0)
}

func TestLoginThatDripsEndsAtTheTimeout(t *testing.T) {
	r := start(t, drip, returns("[]"))
	o := options(t, r.URL)
	o.Timeout = 20 * time.Millisecond
	_, err := fetch(t, connect(t, o), usages(t))
	wantFault(t, err, fault.UpstreamTimeout, 0)
}

func TestSlowLoginEndsAtTheDeadlineOfTheQuery(t *testing.T) {
	r := start(t, never, returns("[]"))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := connect(t, options(t, r.URL)).Fetch(ctx, usages(t), requested)
	wantFault(t, err, fault.UpstreamTimeout, 0)
}

func TestCloseEndsTheLoginAndLeaksNoGoroutine(t *testing.T) {
	before := goleak.IgnoreCurrent()
	begun := make(chan struct{})
	r := prepare(func(w http.ResponseWriter, r *http.Request, n int) {
		close(begun)
		never(w, r, n)
	}, returns("[]"))
	r.Start()
	c := connect(t, options(t, r.URL))
	errs, wait := fetchers(t, c, 3)
	<-begun
	c.Close()
	c.Transport.Close()
	wait() // the login would go on for ever
	for range 3 {
		if err := <-errs; err == nil {
			t.Error("a query succeeded without a token")
		}
	}
	r.Close()
	goleak.VerifyNone(t, before)
}

// drip sends an endless body a byte at a time.
func drip(w http.ResponseWriter, r *http.Request, _ int) {
	w.Header().Set("Content-Type", "application/json")
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
		}
	}
}

func hangUp(http.ResponseWriter, *http.Request, int) { panic(http.ErrAbortHandler) }

// hangUpAfter promises so many bytes, zero meaning no promise, and sends only a part.
func hangUpAfter(promised int, part string) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		if promised > 0 {
			w.Header().Set("Content-Length", strconv.Itoa(promised))
		}
		_, _ = io.WriteString(w, part)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
}
