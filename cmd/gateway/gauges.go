package main

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

func (g *gateway) meterSettings() {
	g.settings.Store(&telemetry.Settings{Taken: true, Read: time.Now()})
	g.metrics.Settings(func() telemetry.Settings { return *g.settings.Load() })
}

func (g *gateway) meterRocket() {
	g.metrics.BeginRocket(g.roster.Load().names(), upstream.ShedReasons())
	g.metrics.RocketState(telemetry.RocketState{
		Places: g.config.RocketMaxConcurrent, Lanes: g.lanes, Accounts: g.accounts,
		BreakerStates: upstream.BreakerStates(),
	})
}

func (g *gateway) lanes() []telemetry.Lane {
	l := g.line.Load()
	return []telemetry.Lane{
		{Name: "callers", Taken: l.Callers.Taken, Waiting: l.Callers.Waiting},
		{Name: "background", Taken: l.Background.Taken, Waiting: l.Background.Waiting},
	}
}

func (g *gateway) accounts() (all []telemetry.Account) {
	for _, client := range g.roster.Load().clients {
		a := telemetry.Account{Name: client.Account.Name}
		a.Breaker, a.Opened = client.Breaker()
		a.Obtained, a.Expires = client.Token()
		all = append(all, a)
	}
	return all
}

func (g *gateway) meterCache() {
	var endpoints []string
	for _, e := range query.Endpoints() {
		endpoints = append(endpoints, e.Name)
	}
	g.metrics.BeginTiers([]string{string(query.Azure), string(query.AWS), string(query.GCP)}, endpoints)
	g.metrics.Memory(g.config.CacheMemoryBytes, g.cache.Size)
}

func (g *gateway) meterRedis() {
	g.metrics.RedisState(telemetry.RedisState{
		Away:   g.redis.Away,
		Errors: func() telemetry.RedisErrors { return telemetry.RedisErrors(g.redis.Errors()) },
		Pool:   g.pool,
	})
	g.redis.Observe = g.metrics.RedisCommand
}

func (g *gateway) pool() telemetry.Pool {
	s := g.redis.Client.PoolStats()
	return telemetry.Pool{
		Hits: s.Hits, Misses: s.Misses, Timeouts: s.Timeouts, Waits: s.WaitCount, Stale: s.StaleConns,
		Waited: time.Duration(s.WaitDurationNs), Used: s.TotalConns - min(s.IdleConns, s.TotalConns), Idle: s.IdleConns,
	}
}

// meterKeys tells how old the keys are that an issuer publishes.
func (g *gateway) meterKeys() {
	if _, published := g.auth.current.Load().KeysRead(); !published {
		return
	}
	g.metrics.Keys(func() time.Time {
		at, _ := g.auth.current.Load().KeysRead()
		return at
	})
}

func (g *gateway) meterQuotas(rate, upstreamQuota *quota.Limiter) {
	g.metrics.Quotas(func() []telemetry.Quota {
		return []telemetry.Quota{
			{Limit: quota.Requests, Refused: rate.Refusals()},
			{Limit: quota.Upstream, Refused: upstreamQuota.Refusals()},
		}
	})
}
