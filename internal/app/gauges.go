package app

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func (g *App) meterSettings() {
	g.settings.Store(&telemetry.Settings{Taken: true, Read: time.Now()})
	g.metrics.Settings(func() telemetry.Settings { return *g.settings.Load() })
}

func (g *App) meterCache() {
	var endpoints []string
	for _, e := range query.Endpoints() {
		endpoints = append(endpoints, e.Name)
	}
	g.metrics.BeginTiers([]string{string(query.Azure), string(query.AWS), string(query.GCP)}, endpoints)
	g.metrics.Memory(g.config.CacheMemoryBytes, g.cache.Size)
}

func (g *App) meterRedis() {
	g.metrics.RedisState(telemetry.RedisState{
		Away:   g.redis.Away,
		Errors: func() telemetry.RedisErrors { return telemetry.RedisErrors(g.redis.Errors()) },
		Pool:   g.redisPool,
	})
	g.redis.Observe = g.metrics.RedisCommand
}

func (g *App) redisPool() telemetry.Pool {
	s := g.redis.Client.PoolStats()
	return telemetry.Pool{
		Hits: s.Hits, Misses: s.Misses, Timeouts: s.Timeouts, Waits: s.WaitCount, Stale: s.StaleConns,
		Waited: time.Duration(s.WaitDurationNs), Used: s.TotalConns - min(s.IdleConns, s.TotalConns), Idle: s.IdleConns,
	}
}

func (g *App) meterCallers(rate, upstreamQuota *quota.Limiter) {
	g.metrics.BeginRequests(texts(handlers.Problems()), texts(cache.StaleReasons()), handlers.Refusals())
	g.metrics.Quotas(func() []telemetry.Quota {
		return []telemetry.Quota{
			{Limit: quota.Requests, Refused: rate.Refusals()},
			{Limit: quota.Upstream, Refused: upstreamQuota.Refusals()},
		}
	})
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
