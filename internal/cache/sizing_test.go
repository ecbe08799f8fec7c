package cache_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// rows returns a body of so many usage rows, with ids and amounts that repeat as little as real ones.
func rows(n int, seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 0))
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(`{"id":"%08x-%04x-4%03x-a%03x-%012x","parent_id":"%d","resource_type":"customers","type":"customer",`+
			`"name":"Customer %d Ltda","last":%.2f,"actual":%.2f,"forecast":%.2f,"leaf":false,"extra":{"currency":"BRL"}}`,
			r.Uint32(), r.Uint32()>>16, r.Uint32()>>20, r.Uint32()>>20, r.Uint64()>>16, seed, r.Uint32(),
			r.Float64()*1e4, r.Float64()*1e4, r.Float64()*1e4)
	}
	return "[" + strings.Join(all, ",") + "]"
}

// BenchmarkSizing measures what an entry costs in the process and in Redis. docs/sizing.md has its numbers.
func BenchmarkSizing(b *testing.B) {
	for _, n := range []int{5, 85, 850} {
		b.Run(fmt.Sprintf("%drows", n), func(b *testing.B) {
			for b.Loop() {
				size(b, n)
			}
			b.ReportMetric(0, "ns/op")
		})
	}
}

// size fills both tiers with different bodies of so many rows.
func size(b *testing.B, n int) {
	b.Helper()
	const entries = 500
	server := testkit.StartRedis(b)
	client := redis.NewClient(&redis.Options{Addr: server.Address})
	defer func() { _ = client.Close() }()
	r := &rocket{}
	r.respond = func(_ context.Context, q *query.Query) ([]byte, error) {
		seed, err := strconv.ParseUint(q.CustomerID, 10, 64)
		return []byte(rows(n, seed)), err
	}
	o := options(r)
	metrics := prometheus.NewRegistry()
	o.MemoryBytes, o.Metrics = 1<<30, metrics
	tier, err := fleet.Connect(fleet.Options{URL: server.URL(), KeyPrefix: "rgw:", Log: o.Log})
	if err != nil {
		b.Fatal(err)
	}
	o.Redis = tier
	c, err := cache.New(o)
	if err != nil {
		b.Fatal(err)
	}
	heap, stored := heapInUse(), usedMemory(b, client)
	for i := range entries {
		if _, err := c.Get(b.Context(), numbered(i), numbered(i).Key(), cache.Directives{}); err != nil {
			b.Fatal(err)
		}
	}
	count, weight := testkit.Metric(b, metrics, "memory_entries"), testkit.Metric(b, metrics, "memory_bytes")
	b.ReportMetric(float64(len(rows(n, 1))), "body-B")
	b.ReportMetric(float64(heapInUse()-heap)/entries, "heap-B/entry")
	b.ReportMetric(weight/count, "weight-B/entry")
	b.ReportMetric(float64(usedMemory(b, client)-stored)/entries, "redis-B/entry")
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	if err := c.Close(ctx); err != nil {
		b.Error(err)
	}
	_ = tier.Close()
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC() // the first one finds what pools hold
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func usedMemory(b *testing.B, client *redis.Client) int64 {
	b.Helper()
	_, rest, _ := strings.Cut(client.Info(b.Context(), "memory").Val(), "used_memory:")
	text, _, _ := strings.Cut(rest, "\r")
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		b.Fatal(err)
	}
	return n
}
