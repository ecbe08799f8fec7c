package ratelimit_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What a request pays: counted in Redis, counted in memory, and refused.
func BenchmarkTake(b *testing.B) {
	server := testkit.StartRedis(b)
	for name, l := range map[string]*ratelimit.Limiter{
		"redis":   replica(b, server.URL(), "1000000/1s"),
		"alone":   ratelimit.New(ratelimit.Options{Name: ratelimit.Requests, Limit: limit(b, "1000000/1s"), Now: time.Now}),
		"refused": replica(b, server.URL(), "1/24h"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Take(b.Context(), "a", 1)
			}
		})
	}
}
