package e2e_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// collecting receives spans as an OpenTelemetry collector does (OTLP over HTTP and gRPC).
type collecting struct {
	collector.UnimplementedTraceServiceServer

	mu    sync.Mutex
	raw   bytes.Buffer   // guarded by mu
	spans []*traces.Span // guarded by mu
}

func (c *collecting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var request collector.ExportTraceServiceRequest
	if r.URL.Path != "/v1/traces" || proto.Unmarshal(body, &request) != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.add(&request, body)
	w.Header().Set("Content-Type", "application/x-protobuf")
}

// Export is the method of the gRPC service.
func (c *collecting) Export(
	_ context.Context, request *collector.ExportTraceServiceRequest,
) (*collector.ExportTraceServiceResponse, error) {
	body, err := proto.Marshal(request)
	c.add(request, body)
	return &collector.ExportTraceServiceResponse{}, err
}

func (c *collecting) add(request *collector.ExportTraceServiceRequest, body []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.raw.Write(body)
	for _, resource := range request.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			c.spans = append(c.spans, scope.Spans...)
		}
	}
}

// serveHTTP returns the variables for a gateway that sends its spans over HTTP.
func (c *collecting) serveHTTP(t *testing.T) []string {
	t.Helper()
	sink := httptest.NewServer(c)
	t.Cleanup(sink.Close)
	return []string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + sink.URL, "OTEL_BSP_SCHEDULE_DELAY=50"}
}

// serveGRPC returns the variables for a gateway that sends its spans over gRPC.
func (c *collecting) serveGRPC(t *testing.T) []string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sink := grpc.NewServer()
	collector.RegisterTraceServiceServer(sink, c)
	ended := make(chan error, 1)
	go func() { ended <- sink.Serve(l) }()
	t.Cleanup(func() {
		sink.Stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + l.Addr().String(), "OTEL_EXPORTER_OTLP_PROTOCOL=grpc", "OTEL_BSP_SCHEDULE_DELAY=50",
	}
}

// of waits for so many spans of a trace, and returns them and all that was received.
func (c *collecting) of(t *testing.T, trace string, least int) (found []*traces.Span, raw string) {
	t.Helper()
	testkit.Until(t, "the collector has the spans", func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		found, raw = nil, c.raw.String()
		for _, s := range c.spans {
			if hex.EncodeToString(s.TraceId) == trace {
				found = append(found, s)
			}
		}
		return len(found) >= least
	})
	return found, raw
}
