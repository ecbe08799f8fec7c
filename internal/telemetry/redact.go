package telemetry

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	semconv "go.opentelemetry.io/otel/semconv/v1.43.0"
	"go.opentelemetry.io/otel/trace"
)

// redacting is an exporter of spans without the texts that a caller or Rocket chose: a token or an id of a tenant may be in any of them.
type redacting struct{ sdktrace.SpanExporter }

// ExportSpans exports the spans.
func (r redacting) ExportSpans(ctx context.Context, spans []sdktrace.ReadOnlySpan) error {
	all := make([]sdktrace.ReadOnlySpan, len(spans))
	for i, s := range spans {
		all[i] = redacted{s}
	}
	return r.SpanExporter.ExportSpans(ctx, all)
}

// exported are the attributes that are exported. otelhttp sets more: the path, the agent and the forwarded address of a caller.
var exported = map[attribute.Key]bool{
	semconv.HTTPRequestMethodKey:      true, // a known one, or _OTHER
	semconv.HTTPRouteKey:              true,
	semconv.HTTPResponseStatusCodeKey: true,
	semconv.HTTPRequestBodySizeKey:    true,
	semconv.HTTPResponseBodySizeKey:   true,
	semconv.URLSchemeKey:              true,
	semconv.URLFullKey:                true, // of requests to Rocket, which have no query and no user name
	semconv.ServerAddressKey:          true, // of requests to Rocket
	semconv.ServerPortKey:             true,
	semconv.NetworkPeerAddressKey:     true,
	semconv.NetworkPeerPortKey:        true,
	semconv.NetworkProtocolVersionKey: true,
	semconv.ErrorTypeKey:              true, // a status, or the type of a Go error
	"cache.result":                    true,
}

// redacted is a span of which only known attributes can be read.
type redacted struct{ sdktrace.ReadOnlySpan }

// Attributes returns the attributes that are exported.
func (s redacted) Attributes() (kept []attribute.KeyValue) {
	for _, a := range s.ReadOnlySpan.Attributes() {
		chosen := a.Key == semconv.ServerAddressKey && s.SpanKind() == trace.SpanKindServer // by the caller, as Host
		if exported[a.Key] && !chosen {
			kept = append(kept, a)
		}
	}
	return kept
}

// Status returns the status without its description, which may quote pieces of a broken response.
func (s redacted) Status() sdktrace.Status {
	return sdktrace.Status{Code: s.ReadOnlySpan.Status().Code}
}
