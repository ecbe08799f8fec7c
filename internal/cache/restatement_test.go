package cache_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestRestatements(t *testing.T) {
	usages, byDay, tree, totals, picker := query.Usages, query.ByDay, query.ByCategory, query.Indicators, query.Customers
	for _, c := range []struct {
		name          string
		endpoint      *query.Endpoint
		before, after string
		restated      bool
	}{
		{"another amount", usages, `[{"id":"a","actual":1.00}]`, `[{"id":"a","actual":1.01}]`, true},
		{"rounding", usages, `[{"id":"a","actual":1.000}]`, `[{"id":"a","actual":1.004}]`, false},
		{"another order", usages, `[{"id":"a","actual":1},{"id":"b","actual":2}]`, `[{"id":"b","actual":2},{"id":"a","actual":1}]`, false},
		{"another name", usages, `[{"id":"a","name":"x","actual":1}]`, `[{"id":"a","name":"y","actual":1}]`, false},
		{"a new row", usages, `[]`, `[{"id":"a","actual":1}]`, true},
		{"a new row of nothing", usages, `[]`, `[{"id":"a","actual":0}]`, false},
		{"a row less", usages, `[{"id":"a","actual":1}]`, `[]`, true},
		{"another day", byDay, `[{"label":"2025-06-01","value":1}]`, `[{"label":"2025-06-01","value":2}]`, true},
		{
			"deep in a tree", tree, `{"name":"t","value":3,"children":[{"name":"x","value":3}]}`,
			`{"name":"t","value":3,"children":[{"name":"y","value":3}]}`, true,
		},
		{"totals", totals, `{"actual":1,"exchangeRate":5.1}`, `{"actual":1,"exchangeRate":5.2}`, false},
		{"other totals", totals, `{"last":1}`, `{"last":2}`, true},
		{"choices have no amounts", picker, `[{"label":"a","value":"1"}]`, `[{"label":"b","value":"2"}]`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until("2025-12-18T09:00:00Z")
				r := returns(c.before)
				o := options(r)
				metrics := prometheus.NewRegistry()
				o.Metrics = metrics
				cache := open(t, o)
				q := june()
				q.Endpoint = c.endpoint
				get(t, cache, q)
				r.respond = returns(c.after).respond
				time.Sleep(25 * time.Hour)
				get(t, cache, q)
				if restated := testkit.Metric(t, metrics, "restatements_total", "azure") == 1; restated != c.restated {
					t.Errorf("restated %v, want %v", restated, c.restated)
				}
			})
		})
	}
}

// What was fetched about a restated month before is stale: of this account and provider, and no more than once an hour.
func TestARestatementMakesItsMonthStale(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-12-18T09:00:00Z")
		var log bytes.Buffer
		r := returns(`[{"id":"a","actual":1}]`)
		o := options(r)
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.AccountName = func(identity string) string { return "name of " + identity }
		c := open(t, o)
		sees := june()
		get(t, c, sees)
		time.Sleep(23 * time.Hour)
		same, otherMonth, otherAccount := june(), june(), june()
		same.CustomerID = "c"
		otherMonth.Start, otherMonth.End = "2025-05-01", "2025-05-31"
		otherAccount.Account = "b"
		for _, q := range []*query.Query{same, otherMonth, otherAccount} {
			get(t, c, q)
		}
		r.respond = returns(`[{"id":"a","actual":2}]`).respond
		time.Sleep(time.Hour + time.Second)
		wantStatus(t, get(t, c, sees), "fwd=stale; fwd-status=200; stored")
		wantStatus(t, get(t, c, sees), "hit; ttl=86400; detail=memory")
		wantStatus(t, get(t, c, same), "fwd=stale; fwd-status=200; stored")
		for _, q := range []*query.Query{otherMonth, otherAccount} {
			if a := get(t, c, q); !a.Status.Hit {
				t.Errorf("%+v: %s", q, a.Status)
			}
		}
		want := `level=WARN msg="closed period restated" account="name of a" provider=azure endpoint=usages ` +
			`start_time=2025-06-01 end_time=2025-06-30`
		if line, _, _ := strings.Cut(log.String(), "\n"); !strings.HasSuffix(line, want) {
			t.Errorf("logged %q, want %q", line, want)
		}
	})
}
