package telemetry

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel"
	noopmetric "go.opentelemetry.io/otel/metric/noop"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// Traces sends traces to an OpenTelemetry collector, by the standard OTEL_* variables. A nil *Traces does nothing.
type Traces struct {
	provider *sdktrace.TracerProvider
	options  []otelhttp.Option
}

// NewTraces returns nil unless the variables name a collector. OpenTelemetry's own library reads them; getenv is for the few that decide
// whether it is used.
func NewTraces(ctx context.Context, getenv func(string) string, version string, log *slog.Logger) (*Traces, error) {
	if !wanted(getenv) {
		return nil, nil
	}
	otel.SetErrorHandler(otel.ErrorHandlerFunc(func(err error) { log.Warn("traces lost", "error", err) })) // the library has no other way
	exporter, err := newExporter(ctx, getenv)
	if err != nil {
		return nil, err
	}
	process, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithHost(),
		resource.WithAttributes(semconv.ServiceName("rocket-gateway"), semconv.ServiceVersion(version)), resource.WithFromEnv())
	if err != nil {
		return nil, fmt.Errorf("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithBatcher(redacting{exporter}), sdktrace.WithResource(process))
	return &Traces{provider: provider, options: []otelhttp.Option{
		otelhttp.WithTracerProvider(provider), otelhttp.WithPropagators(propagation.TraceContext{}),
		otelhttp.WithMeterProvider(noopmetric.NewMeterProvider()), // metrics are in the registry
	}}, nil
}

func wanted(getenv func(string) string) bool {
	exporter := getenv("OTEL_TRACES_EXPORTER")
	switch {
	case getenv("OTEL_SDK_DISABLED") == "true", exporter == "none":
		return false
	default:
		return exporter == "otlp" || getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
	}
}

// Handler starts a span for every request, a child of the caller's span. The handler names it.
func (t *Traces) Handler(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return otelhttp.NewHandler(next, "request", t.options...)
}

// Transport starts a span for every request to Rocket, and sends its context along. The request's Pattern names the span.
func (t *Traces) Transport(next http.RoundTripper) http.RoundTripper {
	if t == nil {
		return next
	}
	name := func(_ string, r *http.Request) string { return r.Method + " " + r.Pattern }
	return otelhttp.NewTransport(next, slices.Concat(t.options, []otelhttp.Option{otelhttp.WithSpanNameFormatter(name)})...)
}

// Tracer returns the tracer for spans in between, or nil for nil Traces.
func (t *Traces) Tracer() trace.Tracer {
	if t == nil {
		return nil
	}
	return t.provider.Tracer("rocket-gateway")
}

// Close sends the remaining spans.
func (t *Traces) Close(ctx context.Context) error {
	if t == nil {
		return nil
	}
	return t.provider.Shutdown(ctx)
}
