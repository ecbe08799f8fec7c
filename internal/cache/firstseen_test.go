package cache_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// mine is a filter that leaves the words of a body that begin with a letter.
type mine string

func (m mine) Key() string { return "mine " + string(m) }

func (m mine) Apply(body []byte) ([]byte, error) {
	var kept []string
	for word := range strings.FieldsSeq(string(body)) {
		if strings.HasPrefix(word, string(m)) {
			kept = append(kept, word)
		}
	}
	return []byte(strings.Join(kept, " ")), nil
}

// refetch returns the entry of June with a new body. A replica that missed another's refetch gets that one first.
func refetch(t *testing.T, c *cache.Cache, r *rocket, body string) (e *cache.Entry) {
	t.Helper()
	r.respond = returns(body).respond
	eventually(t, func() bool {
		a, err := c.Get(context.Background(), june(), june().Key(), cache.Directives{NoCache: true})
		if err != nil {
			t.Fatal(err)
		}
		e = a.Entry
		return string(e.Body) == body
	})
	return e
}

func stampOf(at time.Time) string { return at.UTC().Format(http.TimeFormat) }

// Last-Modified of a filtered body moves if the rows that are left change, and with nothing else, however often it is refetched.
func TestFirstSeenOfFilteredContent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := returns("")
		c := open(t, options(r))
		var changed, changedOfM time.Time
		for i, step := range []struct {
			body       string
			whole, own bool // whether it changed
		}{
			{"m1 x1", true, true},
			{"m1 x1", false, false},
			{"m1 x2", true, false},
			{"x2 m1 x3", true, false},
			{"m2 x3", true, true},
			{"m2 x3", false, false},
			{"m2 m3", true, true},
			{"m2 m3 x", true, false},
			{"x", true, true},
			{"x y", true, false},
			{"m2 x", true, true},
		} {
			time.Sleep(time.Hour)
			e := refetch(t, c, r, step.body)
			if step.whole {
				changed = time.Now()
			}
			if step.own {
				changedOfM = time.Now()
			}
			for range 2 {
				if got := filter(t, c, e, mine("m")).LastModified[0]; got != stampOf(changedOfM) {
					t.Errorf("step %d: Last-Modified %s, want %s", i, got, stampOf(changedOfM))
				}
				if got := e.LastModified[0]; got != stampOf(changed) {
					t.Errorf("step %d: Last-Modified of the whole %s, want %s", i, got, stampOf(changed))
				}
			}
		}
	})
}

// What is known of the content lasts as long as refetches go on, also if they bring the same whole each time.
func TestFirstSeenOutlivesIdenticalRefetches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := returns("")
		c := open(t, options(r))
		want := stampOf(time.Now())
		filter(t, c, refetch(t, c, r, "m1 x1"), mine("m"))
		time.Sleep(time.Hour)
		for range 6 {
			time.Sleep(24 * time.Hour)
			if got := filter(t, c, refetch(t, c, r, "m1 x2"), mine("m")).LastModified[0]; got != want {
				t.Fatalf("Last-Modified %s, want %s", got, want)
			}
		}
	})
}

// The first caller with a filter gets the time of the whole, which the content cannot be younger than. A caller that still holds
// an older entry changes nothing.
func TestFirstSeenOfLateAndEarlyCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := returns("")
		c := open(t, options(r))
		old := refetch(t, c, r, "m0 x0")
		time.Sleep(time.Hour)
		e := refetch(t, c, r, "m1 x1")
		want := stampOf(time.Now())
		time.Sleep(time.Minute)
		if got := filter(t, c, e, mine("m")).LastModified[0]; got != want {
			t.Errorf("the first caller: %s, want %s", got, want)
		}
		if got := filter(t, c, old, mine("m")); string(got.Body) != "m0" || got.LastModified[0] != old.LastModified[0] {
			t.Errorf("of the older entry: %s at %s, want m0 at %s", got.Body, got.LastModified, old.LastModified)
		}
		time.Sleep(time.Hour)
		if got := filter(t, c, refetch(t, c, r, "m1 x2"), mine("m")).LastModified[0]; got != want {
			t.Errorf("after a refetch: %s, want %s", got, want)
		}
	})
}

// nextSecond waits until the time in a Last-Modified would be another.
func nextSecond() {
	for now := time.Now().Unix(); time.Now().Unix() == now; {
		time.Sleep(10 * time.Millisecond)
	}
}

// Replicas on one Redis agree, also those that start later, and each keeps what it knows if Redis goes away.
func TestReplicasAgreeOnFirstSeen(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns("")
	caches := replicas(t, 2, r, server)
	agree := func(e *cache.Entry, want string, caches ...*cache.Cache) {
		t.Helper()
		for i, c := range caches {
			if got := filter(t, c, e, mine("m")).LastModified[0]; got != want {
				t.Errorf("%s: replica %d has %s, want %s", e.Body, i, got, want)
			}
		}
	}
	first := refetch(t, caches[0], r, "m1 x1")
	agree(first, first.LastModified[0], caches...)
	nextSecond()
	others := refetch(t, caches[1], r, "m1 x2")
	if others.LastModified[0] == first.LastModified[0] {
		t.Error("the whole has changed")
	}
	agree(others, first.LastModified[0], caches...)
	started := replica(t, r, server.URL())
	agree(get(t, started, june()).Entry, first.LastModified[0], started)
	caches = append(caches, started)
	nextSecond()
	own := refetch(t, caches[0], r, "m2 x2")
	agree(own, own.LastModified[0], caches...)
	nextSecond()
	agree(refetch(t, caches[2], r, "m2 x3"), own.LastModified[0], caches...)
	server.Kill()
	nextSecond()
	agree(refetch(t, caches[0], r, "m2 x4"), own.LastModified[0], caches...)
	alone := replica(t, r, server.URL())
	last := refetch(t, alone, r, "m2 x5")
	agree(last, last.LastModified[0], alone)
}

// A replica that still has an older entry takes nothing from the record of the newer one.
func TestAnOlderEntryLeavesTheRecordAlone(t *testing.T) {
	server := testkit.StartRedis(t)
	r := returns("")
	caches := replicas(t, 3, r, server)
	oldest := refetch(t, caches[0], r, "m0 x0")
	nextSecond()
	first := refetch(t, caches[0], r, "m1 x1")
	filter(t, caches[0], first, mine("m"))
	nextSecond()
	newest := refetch(t, caches[0], r, "m1 x2")
	filter(t, caches[0], newest, mine("m"))
	if got := filter(t, caches[1], oldest, mine("m")); string(got.Body) != "m0" || got.LastModified[0] != oldest.LastModified[0] {
		t.Errorf("of the oldest: %s at %s", got.Body, got.LastModified)
	}
	if got := filter(t, caches[2], newest, mine("m")).LastModified[0]; got != first.LastModified[0] {
		t.Errorf("of the newest: %s, want %s", got, first.LastModified)
	}
}

// The records of a query are bounded, go with the entry, and are of one Redis slot with it.
func TestRecordsOfFirstSeenAreBounded(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	c := replica(t, returns("m1 x1"), server.URL())
	e := get(t, c, june()).Entry
	for i := range 1010 {
		filter(t, c, e, mine(fmt.Sprint("m", i)))
	}
	key := "test:m1:{" + june().Key().String() + "}"
	if n := client.HLen(t.Context(), key).Val(); n != 1000 {
		t.Errorf("%d records", n)
	}
	entry := client.PTTL(t.Context(), strings.Replace(key, ":m1:", ":e2:", 1)).Val()
	if life := client.PTTL(t.Context(), key).Val(); life <= 0 || life > entry+time.Second {
		t.Errorf("the records live for %s, the entry for %s", life, entry)
	}
}

// A Redis that takes no writes costs nothing but the agreement.
func TestFirstSeenWithAFullRedis(t *testing.T) {
	server := testkit.StartRedis(t)
	client := raw(t, server)
	r := returns("")
	caches := replicas(t, 2, r, server)
	first := refetch(t, caches[0], r, "m1 x1")
	filter(t, caches[0], first, mine("m"))
	for name, value := range map[string]string{"maxmemory-policy": "noeviction", "maxmemory": "1"} {
		if err := client.ConfigSet(t.Context(), name, value).Err(); err != nil {
			t.Fatal(err)
		}
	}
	nextSecond()
	for _, c := range caches { // the second one knows it from Redis, which it can still read
		if got := filter(t, c, refetch(t, c, r, "m1 x2"), mine("m")).LastModified[0]; got != first.LastModified[0] {
			t.Errorf("%s, want %s", got, first.LastModified)
		}
	}
}
