package cache_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func TestFreshnessFollowsThePeriod(t *testing.T) {
	for _, c := range []struct {
		name     string
		at       string
		endpoint *query.Endpoint
		end      query.Day
		state    cache.State
		fresh    time.Duration
	}{
		{"in the month", "2025-06-18T09:00:00Z", query.Usages, "2025-06-30", cache.Open, 5 * time.Minute},
		{"the month counts, not the day", "2025-06-18T09:00:00Z", query.Usages, "2025-06-03", cache.Open, 5 * time.Minute},
		{"its last second", "2025-06-30T23:59:59Z", query.Usages, "2025-06-30", cache.Open, 5 * time.Minute},
		{"the first of the next", "2025-07-01T00:00:00Z", query.Usages, "2025-06-30", cache.Settling, time.Hour},
		{"ten days later", "2025-07-11T00:00:00Z", query.Usages, "2025-06-30", cache.Settling, time.Hour},
		{"a second more", "2025-07-11T00:00:01Z", query.Usages, "2025-06-30", cache.Closed, 24 * time.Hour},
		{"long ago", "2025-07-11T00:00:01Z", query.Usages, "2024-01-31", cache.Closed, 24 * time.Hour},
		{"to come", "2025-06-18T09:00:00Z", query.Usages, "2026-06-30", cache.Open, 5 * time.Minute},
		{"December", "2026-01-01T00:00:00Z", query.ByDay, "2025-12-31", cache.Settling, time.Hour},
		{"a picker of an open month", "2025-06-18T09:00:00Z", query.Customers, "2025-06-30", cache.Open, 15 * time.Minute},
		{"a picker of a closed one", "2025-12-18T09:00:00Z", query.Resellers, "2025-06-30", cache.Closed, 15 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				until(c.at)
				q := june()
				q.Endpoint, q.End = c.endpoint, c.end
				e := get(t, open(t, options(returns(`[]`))), q).Entry
				if fresh := e.FreshUntil.Sub(e.FetchedAt); e.State != c.state || fresh != c.fresh {
					t.Errorf("%s for %s, want %s for %s", e.State, fresh, c.state, c.fresh)
				}
			})
		})
	}
}

func TestTheMonthTurnsInTheBillingTimeZone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-07-01T02:59:59Z") // still June in São Paulo
		loc, err := time.LoadLocation("America/Sao_Paulo")
		if err != nil {
			t.Fatal(err)
		}
		o := options(returns(`[]`))
		o.Policy.Location = loc
		c := open(t, o)
		if state := get(t, c, june()).Entry.State; state != cache.Open {
			t.Errorf("state %s, want open", state)
		}
	})
}

func TestAStateDoesNotChangeByAgeing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-30T23:59:00Z")
		c := open(t, options(returns(`[]`)))
		get(t, c, june())
		time.Sleep(2 * time.Minute)
		a := get(t, c, june())
		wantStatus(t, a, "hit; ttl=180; detail=memory")
		if a.Entry.State != cache.Open {
			t.Errorf("state %s, want open: it was so when the body was fetched", a.Entry.State)
		}
		time.Sleep(3 * time.Minute)
		if a := get(t, c, june()); a.Entry.State != cache.Settling {
			t.Errorf("state %s after the refetch, want settling", a.Entry.State)
		}
	})
}
