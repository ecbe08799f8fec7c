package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
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
