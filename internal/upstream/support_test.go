package upstream_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Every test of the package must leave nothing running behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	username = "svc.reports@example.com"
	password = `p4ss "w0rd" <&> né`
	patience = time.Minute // after which a test that hangs fails
)

// response writes the response to the n-th request of its kind, counted from one.
type response func(w http.ResponseWriter, r *http.Request, n int)

// request is what the server received.
type request struct {
	method, path, body string
	header             http.Header
}

// rocket is a server whose responses the test defines, and which records its requests.
type rocket struct {
	*httptest.Server
	login, data  response
	connections  atomic.Int32  // ever opened
	disconnected chan struct{} // receives for each that is closed

	mu              sync.Mutex
	logins, queries []request // guarded by mu
}

// start runs a rocket for the test. Without a login of its own it hands out token-1, token-2 and so on, for an hour each.
func start(t *testing.T, login, data response) *rocket {
	t.Helper()
	r := prepare(login, data)
	r.Start()
	t.Cleanup(r.Close)
	return r
}

func prepare(login, data response) *rocket {
	r := &rocket{login: login, data: data, disconnected: make(chan struct{}, 100)}
	if login == nil {
		r.login = tokens(time.Now)
	}
	r.Server = httptest.NewUnstartedServer(r)
	r.Config.ErrorLog = log.New(io.Discard, "", 0) // broken handshakes and hang-ups are meant
	r.Config.ConnState = r.count
	return r
}

// ServeHTTP reads the whole body first: only then does the server notice a client that goes away.
func (r *rocket) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	seen := request{req.Method, req.URL.Path, string(body), req.Header.Clone()}
	reply, past := r.data, &r.queries
	if strings.HasSuffix(req.URL.Path, "/auth/login") || strings.HasSuffix(req.URL.Path, "/oauth2/token") {
		reply, past = r.login, &r.logins
	}
	r.mu.Lock()
	*past = append(*past, seen)
	n := len(*past)
	r.mu.Unlock()
	reply(w, req, n)
}

// seen returns the logins and the queries so far.
func (r *rocket) seen() (logins, queries []request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.logins...), append([]request(nil), r.queries...)
}

// wantCounts checks the number of requests that reached the server.
func (r *rocket) wantCounts(t *testing.T, logins, queries int) {
	t.Helper()
	l, q := r.seen()
	if len(l) != logins || len(q) != queries {
		t.Errorf("%d logins and %d queries reached the server, want %d and %d", len(l), len(q), logins, queries)
	}
}

// tokens is a login that succeeds, with a number in each token, which is good for an hour by the clock of its Date.
func tokens(now func() time.Time) response {
	return func(w http.ResponseWriter, _ *http.Request, n int) {
		w.Header().Set("Date", now().UTC().Format(http.TimeFormat))
		sendJSON(w, map[string]any{"token": fmt.Sprintf("token-%d", n), "expiresAt": now().Add(time.Hour).Unix()})
	}
}

func sendJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(value)
}

// returns responds with 200 and a body of JSON's content type.
func returns(body string) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body)
	}
}

// responds returns a status and a body that would do for a 200.
func responds(status int) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, "[]")
	}
}

// settings are those of a client and its transport.
type settings struct {
	upstream.Options
	upstream.TransportOptions
}

// options are those of a client of the server, with bounds that no test reaches unless it lowers them.
func options(t *testing.T, server string) settings {
	t.Helper()
	return settings{
		upstream.Options{
			Account: upstream.Account{Base: address(t, server), Username: username, Password: password},
		},
		upstream.TransportOptions{
			MaxConcurrent: 8, QueueWait: patience, Timeout: patience, MaxResponseBytes: 1 << 20, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		},
	}
}

// connect makes a client that ends with the test, before the server does.
func connect(t *testing.T, o settings) *upstream.Client {
	t.Helper()
	transport, err := upstream.NewTransport(o.TransportOptions)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	o.Transport = transport
	c := upstream.New(o.Options)
	t.Cleanup(c.Close)
	return c
}

// requested is closed: a caller waits for the response.
var requested = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// today is the day on which all queries are sent.
var today = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

func newQuery(t *testing.T, endpoint *query.Endpoint, provider query.Provider, p query.Params) *query.Query {
	t.Helper()
	q, err := query.New(endpoint, provider, p, today)
	if err != nil {
		t.Fatal(err)
	}
	q = q.Complete()
	return &q
}

// usages returns a query for tests that need any; its response is a list.
func usages(t *testing.T) *query.Query {
	t.Helper()
	return newQuery(t, query.Usages, query.Azure, query.Params{})
}

func fetch(t *testing.T, c *upstream.Client, q *query.Query) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	body, err := c.Fetch(ctx, q, requested)
	return string(body), err
}

// mustFetch fetches usages and wants a body.
func mustFetch(t *testing.T, c *upstream.Client) string {
	t.Helper()
	body, err := fetch(t, c, usages(t))
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// wantFault checks kind and status of a failure, and returns it.
func wantFault(t *testing.T, err error, kind fault.Kind, status int) *fault.Error {
	t.Helper()
	var e *fault.Error
	if !errors.As(err, &e) {
		t.Fatalf("got error %v, want a fault of kind %s", err, kind)
	}
	if e.Kind != kind || e.Status != status {
		t.Fatalf("got kind %s with status %d, want %s with %d; %v", e.Kind, e.Status, kind, status, e)
	}
	if e.Detail == "" {
		t.Error("the caller gets no detail")
	}
	return e
}

func (r *rocket) count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		r.connections.Add(1)
	case http.StateClosed:
		select {
		case r.disconnected <- struct{}{}:
		default: // no test waits for so many
		}
	}
}
