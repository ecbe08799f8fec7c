package quota_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What a request pays: counted in Redis, counted in memory, and refused.
func BenchmarkTake(b *testing.B) {
	server := testkit.StartRedis(b)
	for name, l := range map[string]*quota.Limiter{
		"redis":   replica(b, server.URL(), "1000000/1s"),
		"alone":   quota.New(quota.Requests, limit(b, "1000000/1s"), nil, time.Now),
		"refused": replica(b, server.URL(), "1/24h"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Take(b.Context(), "a")
			}
		})
	}
}
