package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// What the rooms tell of becomes metrics here, and in gauges.go what is read of them: telemetry knows none of them, and none of
// them knows telemetry.

// registerer returns the registry for packages that register their own metrics.
func (g *App) registerer() prometheus.Registerer {
	return prometheus.WrapRegistererWithPrefix("rocket_gateway_", g.metrics.Registry)
}

func (g *App) countRequest(r handlers.Request) {
	g.metrics.Request(telemetry.Request{
		Route: r.Route, Status: r.Status, Cache: r.Cache, Stale: string(r.Stale), Problem: string(r.Problem), Refusal: r.Refusal,
		Took: r.Took, Trace: r.Trace,
	})
}


func (g *App) countEvent(e cache.Event) {
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
func (g *App) restated(q *query.Query) {
	g.metrics.Restatement(string(q.Provider))
	g.log.Warn("a closed period was restated", "account", g.pool.Name(q.Account), "provider", string(q.Provider),
		"endpoint", q.Endpoint.Name, "start_time", string(q.Start), "end_time", string(q.End))
}

// countingVerifier counts whom the admin port refuses; the API tells of its own requests.
type countingVerifier struct {
	*verifier
	metrics *telemetry.Metrics
}

// Verify gives the caller.
func (v countingVerifier) Verify(ctx context.Context, authorization []string) (*auth.Caller, error) {
	caller, err := v.verifier.Verify(ctx, authorization)
	if err != nil {
		if reason := fault.Of(err).Reason; reason != "" {
			v.metrics.Refusal(reason)
		}
	}
	return caller, err
}
