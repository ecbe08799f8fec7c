package main

import (
	"time"

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

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
