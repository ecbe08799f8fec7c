package client_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/oauth2"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// attempt is the result of one.
type attempt struct {
	status     int
	retryAfter string
	err        error // of the connection
	cut        bool  // the connection fails within the body
}

func (a attempt) respond(r *http.Request) (*http.Response, error) {
	if a.err != nil {
		return nil, a.err
	}
	resp := response(r, a.status, `{}`, "Retry-After", a.retryAfter)
	if a.cut {
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{`), failing{}))
	}
	return resp, nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

var (
	ok   = attempt{status: http.StatusOK}
	down = attempt{err: errors.New("connection refused")}
	busy = attempt{status: http.StatusServiceUnavailable}
)

func after(wait string) attempt {
	return attempt{status: http.StatusServiceUnavailable, retryAfter: wait}
}

func TestRetries(t *testing.T) {
	refused := &oauth2.RetrieveError{Response: &http.Response{StatusCode: http.StatusUnauthorized}}
	issuerDown := &oauth2.RetrieveError{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}}
	for name, tt := range map[string]struct {
		attempts []attempt
		options  []client.Option
		control  string
		timeout  time.Duration
		sent     int
		fails    bool
		from, to time.Duration // how long it takes
	}{
		"no retry after a success":   {attempts: []attempt{ok}, sent: 1},
		"the waits double":           {attempts: []attempt{busy, busy, busy, ok}, sent: 4, from: 1750 * time.Millisecond, to: 3500 * time.Millisecond},
		"three times at most":        {attempts: []attempt{busy, busy, busy, busy}, sent: 4, fails: true, from: time.Second, to: 4 * time.Second},
		"as many as wanted":          {attempts: []attempt{busy, busy}, options: []client.Option{client.WithRetries(1)}, sent: 2, fails: true, to: time.Second},
		"none, if wanted":            {attempts: []attempt{busy}, options: []client.Option{client.WithRetries(0)}, sent: 1, fails: true},
		"429":                        {attempts: []attempt{{status: 429, retryAfter: "7"}, ok}, sent: 2, from: 7 * time.Second, to: 8 * time.Second},
		"502":                        {attempts: []attempt{{status: 502}, ok}, sent: 2, to: time.Second},
		"504":                        {attempts: []attempt{{status: 504}, ok}, sent: 2, to: time.Second},
		"504 of only-if-cached":      {attempts: []attempt{{status: 504}}, control: "only-if-cached", sent: 1, fails: true},
		"400":                        {attempts: []attempt{{status: 400}}, sent: 1, fails: true},
		"401":                        {attempts: []attempt{{status: 401}}, sent: 1, fails: true},
		"500":                        {attempts: []attempt{{status: 500}}, sent: 1, fails: true},
		"Retry-After":                {attempts: []attempt{after("30"), ok}, sent: 2, from: 30 * time.Second, to: 30 * time.Second},
		"Retry-After is a date":      {attempts: []attempt{after("Sat, 01 Jan 2000 00:00:20 GMT"), ok}, sent: 2, from: 20 * time.Second, to: 21 * time.Second},
		"Retry-After is in the past": {attempts: []attempt{after("-5"), ok}, sent: 2, to: time.Second},
		"Retry-After is too long":    {attempts: []attempt{after("31")}, sent: 1, fails: true},
		"Retry-After overflows":      {attempts: []attempt{after("10000000000")}, sent: 1, fails: true},
		"Retry-After is no int64":    {attempts: []attempt{after("99999999999999999999")}, sent: 1, fails: true},
		"the backoff is too long":    {attempts: []attempt{busy}, timeout: 249 * time.Millisecond, sent: 1, fails: true},
		"past the deadline":          {attempts: []attempt{after("5")}, timeout: 5 * time.Second, sent: 1, fails: true},
		"before the deadline":        {attempts: []attempt{after("5"), ok}, timeout: 6 * time.Second, sent: 2, from: 5 * time.Second, to: 6 * time.Second},
		"the connection fails":       {attempts: []attempt{down, down, ok}, sent: 3, to: 2 * time.Second},
		"it fails within a body":     {attempts: []attempt{{status: 200, cut: true}, ok}, sent: 2, to: time.Second},
		"it fails within a 503":      {attempts: []attempt{{status: 503, cut: true}, ok}, sent: 2, to: time.Second},
		"it fails within a 401":      {attempts: []attempt{{status: 401, cut: true}}, sent: 1, fails: true},
		"it fails within the last":   {attempts: []attempt{{status: 503, cut: true}}, options: []client.Option{client.WithRetries(0)}, sent: 1, fails: true},
		"it fails every time":        {attempts: []attempt{down, down, down, down}, sent: 4, fails: true, to: 4 * time.Second},
		"the credentials are wrong":  {attempts: []attempt{{err: refused}}, sent: 1, fails: true},
		"the issuer is unavailable":  {attempts: []attempt{{err: issuerDown}, ok}, sent: 2, to: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sent := 0
				c := clientOf(t, func(r *http.Request) (*http.Response, error) {
					if sent++; sent > len(tt.attempts) {
						t.Fatal("too many attempts")
					}
					return tt.attempts[sent-1].respond(r)
				}, tt.options...)
				ctx := t.Context()
				if tt.timeout > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.timeout)
					defer cancel()
				}
				began := time.Now()
				_, err := c.Indicators(ctx, client.Azure, client.IndicatorsParams{CacheControl: tt.control})
				if took := time.Since(began); took < tt.from || took > tt.to {
					t.Errorf("it took %s, want %s to %s", took, tt.from, tt.to)
				}
				if sent != tt.sent || (err != nil) != tt.fails {
					t.Errorf("%d attempts, %v; want %d", sent, err, tt.sent)
				}
				if last := tt.attempts[len(tt.attempts)-1]; last.status >= 300 {
					var problem *client.Problem
					if !errors.As(err, &problem) || problem.Status != last.status {
						t.Errorf("%v is not the last problem", err)
					}
				}
			})
		})
	}
}

// A caller that gives up while the client waits gets its own error at once.
func TestTheContextEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := clientOf(t, after("30").respond)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		if _, err := c.Me(ctx); !errors.Is(err, context.Canceled) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// A caller whose deadline is near gets the problem, whatever the jitter.
func TestADeadlineWithinAWait(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 1200*time.Millisecond)
			defer cancel()
			var problem *client.Problem
			if _, err := clientOf(t, after("1").respond).Me(ctx); !errors.As(err, &problem) || problem.RetryAfter != time.Second {
				t.Errorf("got %v", err)
			}
		})
	}
}

// hanging is a body that has no bytes until the context of its request ends.
type hanging struct{ context.Context }

func (h hanging) Read([]byte) (int, error) {
	<-h.Done()
	return 0, h.Err()
}

// The status says enough, if the body does not come.
func TestAProblemWhoseBodyHangs(t *testing.T) {
	for _, status := range []int{http.StatusUnauthorized, http.StatusServiceUnavailable} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err := clientOf(t, func(r *http.Request) (*http.Response, error) {
				resp := response(r, status, ``)
				resp.Body = io.NopCloser(hanging{r.Context()})
				return resp, nil
			}).Me(ctx)
			var problem *client.Problem
			if !errors.As(err, &problem) || problem.Status != status {
				t.Errorf("got %v, want %d", err, status)
			}
		})
	}
}

// ending is a body whose reader ends the context at its end.
type ending struct {
	io.Reader
	cancel func()
}

func (e ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		e.cancel()
	}
	return n, err
}

// A body that is complete is of use, even if the context ends with it.
func TestAContextThatEndsWithTheBody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	got, err := clientOf(t, func(r *http.Request) (*http.Response, error) {
		resp := response(r, http.StatusOK, ``)
		resp.Body = io.NopCloser(ending{strings.NewReader(`{"subject":"x"}`), cancel})
		return resp, nil
	}).Me(ctx)
	if err != nil || got.Body.Subject != "x" {
		t.Errorf("got %v, %v", got, err)
	}
}

// Clients that failed together do not return together.
func TestWaitsDiffer(t *testing.T) {
	for _, first := range []attempt{busy, after("1")} {
		waits := map[time.Duration]bool{}
		for range 20 {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, _ = clientOf(t, first.respond, client.WithRetries(1)).Me(t.Context())
				waits[time.Since(began)] = true
			})
		}
		if len(waits) < 2 {
			t.Errorf("%+v: each of 20 clients waits %v", first, waits)
		}
	}
}

// A transport of the caller's may leave out the request.
func TestAResponseWithoutItsRequest(t *testing.T) {
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		resp := response(r, http.StatusGatewayTimeout, ``, "Location", "/x")
		resp.Request = nil
		return resp, nil
	}, client.WithRetries(0))
	var problem *client.Problem
	if _, err := c.Me(t.Context()); !errors.As(err, &problem) || problem.Status != http.StatusGatewayTimeout {
		t.Errorf("got %v", err)
	}
}
