package tenancy_test

import (
	"encoding/json"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// month is the period of all queries to the simulator. It is over, so that its numbers do not change.
const month = "2026-04"

// connect starts a simulator behind a middleware, and returns a client of it.
func connect(t *testing.T, o rocketsim.Options, before func(http.Handler) http.Handler) *upstream.Client {
	t.Helper()
	o.Username, o.Password, o.Customers, o.Now = "ana", "s3nha", 27, func() time.Time { return now }
	server := httptest.NewServer(before(rocketsim.New(o)))
	t.Cleanup(server.Close)
	base, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport, err := upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: 4, QueueWait: time.Minute, Timeout: time.Minute, MaxResponseBytes: 1 << 24, Now: o.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(transport.Close)
	client := upstream.New(upstream.Options{
		Account: upstream.Account{Base: base, Username: o.Username, Password: secret.Value(o.Password)}, Transport: transport,
	})
	t.Cleanup(client.Close)
	return client
}

func directly(h http.Handler) http.Handler { return h }

// amount is what something costs, exactly.
type amount struct{ last, actual *big.Rat }

func zero() amount { return amount{new(big.Rat), new(big.Rat)} }

func (a amount) add(o amount) {
	a.last.Add(a.last, o.last)
	a.actual.Add(a.actual, o.actual)
}

func (a amount) equal(o amount) bool { return a.last.Cmp(o.last) == 0 && a.actual.Cmp(o.actual) == 0 }

// leaf is a subscription, the least that the proof can tell apart, with its prices by cost.
type leaf struct {
	ids    map[string]string // by view
	prices map[string]amount
}

// world is all that a provider bills.
type world []*leaf

// usage is a row as Rocket sends it.
type usage struct {
	ID           string      `json:"id"`
	ParentID     string      `json:"parent_id"`
	ResourceType string      `json:"resource_type"`
	Last         json.Number `json:"last"`
	Actual       json.Number `json:"actual"`
}

func (u usage) amount() amount { return amount{exact(u.Last), exact(u.Actual)} }

func exact(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		panic(n)
	}
	return r
}

// learn returns all that an honest Rocket shows to a caller without restrictions.
func learn(t *testing.T, client *upstream.Client, provider query.Provider) world {
	t.Helper()
	rows := func(view, cost string) (all []usage) {
		q := newQuery(t, provider, "usages?period="+month+"&view="+view+"&cost="+cost).Complete()
		body, err := client.Fetch(t.Context(), &q, nil)
		if err != nil {
			t.Fatal(err)
		}
		decode(t, body, &all)
		return all
	}
	parents := map[string]string{}
	for _, row := range append(rows("resellers", "resellers"), rows("customers", "resellers")...) {
		parents[row.ID] = row.ParentID
	}
	var w world
	byID := map[string]*leaf{}
	for _, cost := range []string{"distributors", "resellers", "customers"} {
		for _, row := range rows("subscriptions", cost) {
			if byID[row.ID] == nil {
				customer := row.ParentID
				reseller := parents[customer]
				byID[row.ID] = &leaf{prices: map[string]amount{}, ids: map[string]string{
					"subscriptions": row.ID, "customers": customer, "resellers": reseller, "distributors": parents[reseller],
				}}
				w = append(w, byID[row.ID])
			}
			byID[row.ID].prices[cost] = row.amount()
		}
	}
	if len(w) < 20 {
		t.Fatalf("%s has %d subscriptions: too few for a proof", provider, len(w))
	}
	return w
}

// ids are those of a level, sorted.
func (w world) ids(level string) []string {
	all := map[string]bool{}
	for _, l := range w {
		all[l.ids[level]] = true
	}
	return slices.Sorted(maps.Keys(all))
}

func decode(t rapid.TB, body []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatalf("%v in %.200s", err, body)
	}
}
