package ratelimit_test

import (
	"context"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// model is GCRA as published, in fractions: the instant at which the next request would arrive if all kept to the
// rate may lie as far ahead as the limit's time.
type model struct {
	per, interval *big.Rat // in microseconds
	arrival       *big.Rat
}

func newModel(l rate.Limit) *model {
	per := l.Per.Microseconds()
	return &model{per: big.NewRat(per, 1), interval: big.NewRat(per, int64(l.Requests)), arrival: new(big.Rat)}
}

func (m *model) take(n, now int64) bool {
	at := big.NewRat(now, 1)
	if m.arrival.Cmp(at) < 0 {
		m.arrival.Set(at)
	}
	arrival := new(big.Rat).Add(m.arrival, m.time(n))
	if new(big.Rat).Sub(arrival, at).Cmp(m.per) > 0 {
		return false
	}
	m.arrival = arrival
	return true
}

// time is what so many requests take to come back.
func (m *model) time(n int64) *big.Rat { return new(big.Rat).Mul(big.NewRat(n, 1), m.interval) }

func (m *model) room(now int64) *big.Rat {
	return new(big.Rat).Sub(new(big.Rat).Add(big.NewRat(now, 1), m.per), m.arrival)
}

// left is what would pass now.
func (m *model) left(now int64) int64 {
	share := new(big.Rat).Quo(m.room(now), m.interval)
	return new(big.Int).Quo(share.Num(), share.Denom()).Int64()
}

// next is the microseconds until n requests would pass.
func (m *model) next(n, now int64) int64 {
	wait := new(big.Rat).Sub(m.time(n), m.room(now))
	up := new(big.Int).Add(wait.Num(), new(big.Int).Sub(wait.Denom(), big.NewInt(1)))
	return up.Quo(up, wait.Denom()).Int64()
}

// drawCount draws how many requests are taken at once, mostly one.
func drawCount(t *rapid.T, l rate.Limit) int {
	return min(l.Requests, rapid.SampledFrom([]int{1, 1, 2, 6, l.Requests}).Draw(t, "count"))
}

func drawLimit(t *rapid.T, most int) rate.Limit {
	per := rapid.SampledFrom([]int{1, 2, 7, 60, 3600, 86_400}).Draw(t, "seconds")
	return rate.Limit{Requests: rapid.IntRange(1, most).Draw(t, "requests"), Per: time.Duration(per) * time.Second}
}

// drawWait draws none, somewhat around the time of one request, or anything.
func drawWait(t *rapid.T, l rate.Limit) int64 {
	interval := l.Per.Microseconds() / int64(l.Requests)
	switch rapid.SampledFrom([]string{"none", "none", "one", "any"}).Draw(t, "wait") {
	case "one":
		return max(0, interval+rapid.Int64Range(-1, 2).Draw(t, "around"))
	case "any":
		return rapid.Int64Range(0, 3*l.Per.Microseconds()).Draw(t, "microseconds")
	}
	return 0
}

func TestOneProcessIsGCRA(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		want := drawLimit(rt, rapid.SampledFrom([]int{5, 60, 1_000_000}).Draw(rt, "most"))
		l, c := alone(t, fmt.Sprintf("%d/%s", want.Requests, want.Per))
		m := map[string]*model{"a": newModel(want), "b": newModel(want)}
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			c.advance(time.Duration(drawWait(rt, want)) * time.Microsecond)
			caller, now := rapid.SampledFrom([]string{"a", "b"}).Draw(rt, "caller"), c.UnixMicro()
			n := drawCount(rt, want)
			s, granted := l.Take(context.Background(), caller, n)
			if wanted := m[caller].take(int64(n), now); granted != wanted {
				rt.Fatalf("%v: granted %t, want %t", want, granted, wanted)
			}
			requests := m[caller].left(now)
			next := m[caller].next(requests+1, now)
			if !granted {
				next = m[caller].next(int64(n), now)
			}
			if int64(s.Remaining) != requests || s.Next.Microseconds() != next {
				rt.Fatalf("%v: %d left, the next in %s, want %d, %dµs", want, s.Remaining, s.Next, requests, next)
			}
		}
	})
}

// The script is the same, on a real Redis, but for the clock that it reads. It begins with a bucket in which any part of the
// limit is taken.
func TestTheScriptIsGCRA(t *testing.T) {
	script := virtual(t)
	client := raw(t, testkit.StartRedis(t))
	testkit.Check(t, func(rt *rapid.T) {
		l := drawLimit(rt, rapid.SampledFrom([]int{5, 100_000}).Draw(rt, "most"))
		m, now := newModel(l), time.Now().UnixMicro()
		taken := rapid.IntRange(0, l.Requests).Draw(rt, "taken")
		m.arrival.Add(big.NewRat(now, 1), new(big.Rat).Mul(big.NewRat(int64(taken), 1), m.interval))
		client.Set(t.Context(), "k", fmt.Sprint(now, taken), 0)
		for range rapid.IntRange(1, 60).Draw(rt, "steps") {
			now += drawWait(rt, l)
			n := drawCount(rt, l)
			reply, err := script.Run(t.Context(), client, []string{"k"}, l.Requests, l.Per.Microseconds(), n, now/1e6, now%1e6).Int64Slice()
			if err != nil {
				rt.Fatal(err)
			}
			granted, elapsed, used := reply[0] == 1, reply[1], reply[2]
			if wanted := m.take(int64(n), now); granted != wanted {
				rt.Fatalf("%v: granted %t, want %t", l, granted, wanted)
			}
			requests := m.left(now)
			if left := int64(l.Requests) + elapsed*int64(l.Requests)/l.Per.Microseconds() - used; left != requests {
				rt.Fatalf("%v: %d left, want %d", l, left, requests)
			}
		}
	})
}

// virtual is the script with the time as two more arguments, and with keys that outlive the test: they expire by the real
// clock.
func virtual(t *testing.T) *redis.Script {
	t.Helper()
	content, err := os.ReadFile("scripts/take.lua")
	if err != nil {
		t.Fatal(err)
	}
	source := string(content)
	for _, change := range [][2]string{{"redis.call('TIME')", "{ARGV[4], ARGV[5]}"}, {"'PX', life", "'PX', life + 600000"}} {
		if strings.Count(source, change[0]) != 1 {
			t.Fatalf("the script does not say %s once", change[0])
		}
		source = strings.Replace(source, change[0], change[1], 1)
	}
	return redis.NewScript(source)
}
