package telemetry

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracegrpc"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
)

const (
	protocolHTTP = "http/protobuf"
	protocolGRPC = "grpc"
)

// newExporter returns an exporter by the protocol that the variables name. The error names a variable.
func newExporter(ctx context.Context, getenv func(string) string) (exporter *otlptrace.Exporter, err error) {
	name, endpoint := first(getenv, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
	if endpoint != "" && !webURL(endpoint) { // the library would send to localhost, or fail with every span
		return nil, errors.New(name + ": must be an http or https URL, as in http://collector:4318")
	}
	protocolName, protocol := first(getenv, "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
	switch protocol {
	case "", protocolHTTP:
		exporter, err = otlptracehttp.New(ctx)
	case protocolGRPC:
		exporter, err = otlptracegrpc.New(ctx)
	default:
		return nil, errors.New(protocolName + ": must be " + protocolHTTP + " (the default) or " + protocolGRPC)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return exporter, nil
}

// first returns the name and value of the variable for traces, if it is set, else those of the variable for all signals.
func first(getenv func(string) string, traces, all string) (name, value string) {
	if value := getenv(traces); value != "" {
		return traces, value
	}
	return all, getenv(all)
}

func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}
