package cache_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestRefreshAheadHasJitter sends many queries all the time from shortly before the end of their freshness.
func TestRefreshAheadHasJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		until("2025-06-18T09:00:00Z")
		const queries = 200
		r := returns(`["one"]`)
		c := open(t, options(r))
		askAll := func() {
			for n := range queries {
				q := june()
				q.CustomerID = strconv.Itoa(n)
				if s := get(t, c, q).Status; s.Hit && s.TTL < 0 {
					t.Fatalf("%s: it was requested all the time", s)
				}
			}
			synctest.Wait()
		}
		askAll()
		time.Sleep(5*time.Minute - 5*time.Second)
		askAll()
		if n := r.calls.Load(); n != queries {
			t.Fatalf("%d calls; none may be refreshed so early", n-queries)
		}
		most := int32(0)
		for range 50 {
			before := r.calls.Load()
			time.Sleep(100*time.Millisecond - time.Nanosecond)
			askAll()
			most = max(most, r.calls.Load()-before)
		}
		if n := r.calls.Load(); n != 2*queries || most > queries/5 {
			t.Errorf("%d refreshes, want one for each of %d; %d at once", n-queries, queries, most)
		}
	})
}
