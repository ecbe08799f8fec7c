package main

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// What the rooms tell of becomes metrics here, and in gauges.go what is read of them: telemetry knows none of them, and none of
// them knows telemetry.

// registerer registers metrics of the packages, whose names it prefixes.
func (g *gateway) registerer() prometheus.Registerer {
	return prometheus.WrapRegistererWithPrefix("rocket_gateway_", g.metrics.Registry)
}

func (g *gateway) countCall(c upstream.Call) {
	g.metrics.Upstream(telemetry.Call{Provider: string(c.Provider), Endpoint: c.Endpoint, Status: c.Status, Took: c.Took})
}

func (g *gateway) loginCounter(account string) func(error) {
	return func(err error) {
		switch {
		case err == nil:
			g.metrics.Login(account, telemetry.LoginSuccess)
		case fault.Of(err).Kind == fault.UpstreamCredentials:
			g.metrics.Login(account, telemetry.LoginRefused)
		default:
			g.metrics.Login(account, telemetry.LoginFailure)
		}
	}
}

func (g *gateway) countEvent(e cache.Event) {
	switch e {
	case cache.LeaseGranted:
		g.metrics.Lease("granted")
	case cache.LeaseTaken:
		g.metrics.Lease("taken")
	case cache.LeaseNeedless:
		g.metrics.Lease("needless")
	case cache.LeaseAlone:
		g.metrics.Lease("alone")
	case cache.CollapsedHere:
		g.metrics.Collapsed("replica")
	case cache.CollapsedElsewhere:
		g.metrics.Collapsed("fleet")
	case cache.EvictedForRoom:
		g.metrics.Evicted("room")
	case cache.EvictedForAge:
		g.metrics.Evicted("age")
	case cache.Dropped:
		g.metrics.Dropped()
	}
}

// restated tells of a closed period that has other amounts.
func (g *gateway) restated(q *query.Query) {
	g.metrics.Restatement(string(q.Provider))
	g.log.Warn("a closed period was restated", "account", g.roster.Load().nameOf(q.Account), "provider", string(q.Provider),
		"endpoint", q.Endpoint.Name, "start_time", string(q.Start), "end_time", string(q.End))
}

// countingVerifier counts callers that the admin listener refuses; the API counts those of its own requests.
type countingVerifier struct {
	*verifier
	server *handlers.Server
}

// Verify returns the caller.
func (v countingVerifier) Verify(ctx context.Context, authorization []string) (*auth.Caller, error) {
	caller, err := v.verifier.Verify(ctx, authorization)
	if err != nil {
		if reason := fault.Of(err).Reason; reason != "" {
			v.server.Refused(reason)
		}
	}
	return caller, err
}
