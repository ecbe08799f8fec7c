package telemetry_test

import (
	"log/slog"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func newTraces(t *testing.T, environment map[string]string) (*telemetry.Traces, error) {
	t.Helper()
	getenv := func(name string) string { return environment[name] }
	return telemetry.NewTraces(t.Context(), getenv, "v1.2.3", slog.New(slog.DiscardHandler))
}

func TestRefusedVariablesOfTraces(t *testing.T) {
	const collector = "http://collector:4318"
	for _, tt := range []struct {
		name        string
		environment map[string]string
		want        string
	}{
		{
			"another protocol", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
			"OTEL_EXPORTER_OTLP_PROTOCOL: must be http/protobuf (the default) or grpc",
		},
		{
			"another protocol for traces", map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL": "gRPC",
			},
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: must be http/protobuf (the default) or grpc",
		},
		{
			"no scheme", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
			"OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL",
		},
		{
			"no URL, over gRPC", map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "10.0.0.1:4317", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
			"OTEL_EXPORTER_OTLP_ENDPOINT: must be an http or https URL",
		},
		{
			"no host for traces", map[string]string{
				"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http:///v1/traces",
			},
			"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must be an http or https URL",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := newTraces(t, tt.environment); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestNoTraces(t *testing.T) {
	const endpoint, collector = "OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"
	for name, environment := range map[string]map[string]string{
		"no collector":          {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
		"the SDK is disabled":   {endpoint: collector, "OTEL_SDK_DISABLED": "true"},
		"there is no exporter":  {endpoint: collector, "OTEL_TRACES_EXPORTER": "none"},
		"disabled, and refused": {endpoint: "collector", "OTEL_SDK_DISABLED": "true"},
	} {
		t.Run(name, func(t *testing.T) {
			if traces, err := newTraces(t, environment); traces != nil || err != nil {
				t.Errorf("got %v, %v, want none", traces, err)
			}
		})
	}
}
