package rocketsim_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

const username, password = "ana@example.com", "s3nh@ \"longa\""

// today has nanoseconds, so that a test sees where they get lost.
var today = time.Date(2026, time.June, 18, 15, 4, 5, 123456789, time.UTC)

var providers = []string{"azure", "aws", "gcp"}

func fixed(at time.Time) func() time.Time { return func() time.Time { return at } }

// client sends requests to one simulator over HTTP, as any program would.
type client struct {
	sim   *rocketsim.Server
	http  *http.Client
	url   string // the vendor's base, less /api/v4
	token string
}

// serve starts a simulator with the tests' account, and their clock and size where the options name none.
func serve(t testing.TB, o rocketsim.Options) *client {
	t.Helper()
	o.Username, o.Password = cmp.Or(o.Username, username), cmp.Or(o.Password, password)
	o.Customers = cmp.Or(o.Customers, 60)
	if o.Now == nil {
		o.Now = fixed(today)
	}
	sim := rocketsim.New(o)
	server := httptest.NewServer(sim)
	t.Cleanup(server.Close)
	return &client{sim: sim, http: server.Client(), url: server.URL + "/rocketsvc"}
}

// open starts a simulator and logs in.
func open(t testing.TB, o rocketsim.Options) *client {
	t.Helper()
	c := serve(t, o)
	c.token = c.login(t).Token
	return c
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

// send sends any request. The caller's headers come after the usual ones; an empty value takes one away.
func (c *client) send(t testing.TB, method, path, body string, header map[string]string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.token)
	for name, value := range header {
		if r.Header.Set(name, value); value == "" {
			r.Header.Del(name)
		}
	}
	response, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return reply{response.StatusCode, response.Header, got}
}

// try sends a query and returns any reply; the endpoint is a path below /api/v4/.
func (c *client) try(t testing.TB, endpoint string, q query) reply {
	t.Helper()
	return c.send(t, http.MethodPost, "/api/v4/"+endpoint, q.String(), nil)
}

// fetch sends a query that must succeed, and returns the body.
func (c *client) fetch(t testing.TB, endpoint string, q query) string {
	t.Helper()
	r := c.try(t, endpoint, q)
	if r.status != http.StatusOK || r.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%s %s: %d %s\n%s", endpoint, q, r.status, r.header.Get("Content-Type"), r.body)
	}
	return string(bytes.TrimSpace(r.body))
}

// get fetches and decodes; a member that the type does not know is a fault.
func get[T any](t testing.TB, c *client, endpoint string, q query) T {
	t.Helper()
	return decode[T](t, c.fetch(t, endpoint, q))
}

func decode[T any](t testing.TB, body string) T {
	t.Helper()
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	var value T
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %.300s", err, body)
	}
	return value
}
