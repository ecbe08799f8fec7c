package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// access logs a finished request. At high rates one line stands for several requests, unless the level is debug.
func (s *Server) access(ctx context.Context, method, route string, x *requestState, took time.Duration) {
	level := slog.LevelInfo
	if x.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	if !s.Log.Enabled(ctx, level) {
		return
	}
	standsFor := 1
	if !s.Log.Enabled(ctx, slog.LevelDebug) {
		standsFor = s.samples.of(x).take(s.Now())
	}
	if standsFor == 0 {
		return
	}
	attributes := append(make([]slog.Attr, 0, 16),
		slog.String("request_id", x.id), slog.String("method", method), slog.String("route", route),
		slog.Int("status", x.status), slog.String("cache", x.cache), slog.Int64("bytes", x.bytes),
		milliseconds("took_ms", took),
	)
	if x.wait > 0 && x.cache != "hit-memory" {
		attributes = append(attributes, milliseconds("cache_ms", x.wait))
	}
	if x.caller.Identified() {
		attributes = append(attributes, callerName(x.caller))
	}
	if x.cause != nil {
		attributes = append(attributes, slog.String("error", x.cause.Error()))
	}
	if id := trace.SpanContextFromContext(ctx); id.IsValid() {
		attributes = append(attributes, slog.String("trace_id", id.TraceID().String()))
	}
	if standsFor > 1 {
		attributes = append(attributes, slog.Int("stands_for", standsFor))
	}
	s.Log.LogAttrs(ctx, level, "request", attributes...)
}

func milliseconds(name string, d time.Duration) slog.Attr {
	return slog.Float64(name, float64(d.Microseconds())/1000)
}

// callerName returns the short form of a caller; the audit line has the rest.
func callerName(c *auth.Caller) slog.Attr {
	return slog.Group("caller", slog.String("subject", c.Subject), slog.String("client", c.Client))
}
