package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// Header values of all responses, shared and never written to.
var (
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"} // for a response that a browser shows as a page; the docs have another
	onlyHTTPS  = []string{"max-age=31536000"}
)

// reporter reports finished requests to metrics, trace, audit and access log.
type reporter struct {
	log, auditLog *slog.Logger
	now           func() time.Time
	https         bool
	metrics       *metrics
	samples       samples
}

// track adds the state to the request, and reports the request at the end.
func (o *reporter) track(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		x := newState(w, r)
		x.now, x.https = o.now(), o.https
		next.ServeHTTP(&x.writer, r.WithContext(x))
		o.report(r, x, started)
	})
}

func (o *reporter) report(r *http.Request, x *requestState, started time.Time) {
	took := time.Since(started)
	route := "unmatched"
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" && x.status != http.StatusNotFound {
		route = pattern
	}
	span := trace.SpanFromContext(r.Context())
	o.metrics.count(route, x, took, span.SpanContext())
	if span.IsRecording() {
		span.SetName(spanMethod(r.Method) + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.String("cache.result", x.cache))
	}
	ctx, at := r.Context(), started.Add(took)
	o.audit(ctx, at, r, x)
	o.access(ctx, at, r.Method, route, x, took)
}

// spanMethod returns a method that routes know, or OpenTelemetry's name for any other: a caller's may be any text.
func spanMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete:
		return method
	default:
		return "HTTP"
	}
}

// audit logs caller, query and outcome of every request with a verified token.
func (o *reporter) audit(ctx context.Context, at time.Time, r *http.Request, x *requestState) {
	var log *slog.Logger
	if x.query != nil {
		log = x.query.audit
	}
	if log == nil {
		log = o.auditor(x.caller, r, x.query)
	}
	if log != nil {
		write(ctx, log, at, slog.LevelInfo, "audit",
			slog.String("request_id", x.id), slog.String("cache", x.cache), slog.Int("status", x.status))
	}
}

// auditor returns a logger with the attributes that all requests of the caller for this query have in common. The query is nil if the
// request is not valid. auditor returns nil if there is no audit of the caller.
func (o *reporter) auditor(caller *auth.Caller, r *http.Request, q *resolved) *slog.Logger {
	if o.auditLog == nil || !caller.Identified() {
		return nil
	}
	attributes := []any{
		slog.Group("caller", slog.String("issuer", caller.Issuer), slog.String("subject", caller.Subject),
			slog.String("client", caller.Client), slog.String("scopes", strings.Join(caller.Scopes, " "))),
		slog.String("path", auditedPath(r)),
	}
	if q != nil {
		attributes = append(attributes, slog.Attr{Key: "question", Value: auditedQuery(q)})
	}
	return o.auditLog.With(attributes...)
}

// auditedPath returns the path, or its pattern if the provider is unknown: it may then be anything, of any length.
func auditedPath(r *http.Request) string {
	if p, ok := requestedProvider(r); ok && !p.Valid() {
		return chi.RouteContext(r.Context()).RoutePattern()
	}
	return r.URL.Path
}

// auditedQuery returns the parameters that are not empty as a group.
func auditedQuery(q *resolved) slog.Value {
	var attributes []slog.Attr
	for p, value := range q.query.All() {
		switch last := len(attributes) - 1; {
		case p.List && last >= 0 && attributes[last].Key == p.Name:
			attributes[last] = slog.Any(p.Name, append(attributes[last].Value.Any().([]string), value))
		case p.List:
			attributes = append(attributes, slog.Any(p.Name, []string{value}))
		case value != "":
			attributes = append(attributes, slog.String(p.Name, value))
		}
	}
	return slog.GroupValue(attributes...)
}

// access logs a finished request. At high rates one line stands for several requests, unless the level is debug.
func (o *reporter) access(ctx context.Context, at time.Time, method, route string, x *requestState, took time.Duration) {
	level := slog.LevelInfo
	if x.status >= http.StatusInternalServerError {
		level = slog.LevelWarn
	}
	if !o.log.Enabled(ctx, level) {
		return
	}
	standsFor := 1
	if !o.log.Enabled(ctx, slog.LevelDebug) {
		standsFor = o.samples.of(x).take(x.now)
	}
	if standsFor == 0 {
		return
	}
	attributes := append(make([]slog.Attr, 0, 16),
		slog.String("request_id", x.id), slog.String("method", method), slog.String("route", route),
		slog.Int("status", x.status), slog.String("cache", x.cache), slog.Int64("bytes", x.bytes),
		milliseconds("took_ms", took),
	)
	if x.wait > 0 && x.cache != hitMemory {
		attributes = append(attributes, milliseconds("cache_ms", x.wait))
	}
	if x.caller.Identified() { // the audit has the rest of the caller
		attributes = append(attributes,
			slog.Group("caller", slog.String("subject", x.caller.Subject), slog.String("client", x.caller.Client)))
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
	write(ctx, o.log, at, level, "request", attributes...)
}

// write logs a record as of a time. slog.Logger would read the clock again, and look for the caller's line, which no handler wants.
func write(ctx context.Context, log *slog.Logger, at time.Time, level slog.Level, message string, attributes ...slog.Attr) {
	if !log.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(at, level, message, 0)
	r.AddAttrs(attributes...)
	_ = log.Handler().Handle(ctx, r) // as slog.Logger, which has nowhere to report it
}

// hitMemory is the label of a hit that waited for nothing.
const hitMemory = "hit-memory"

func milliseconds(name string, d time.Duration) slog.Attr {
	return slog.Float64(name, float64(d.Microseconds())/1000)
}

// At high rates the access log has samples: of each class of requests the first ones of a second, and after them one of so many.
const (
	linesPerSecond = 100
	sampleEvery    = 100
)

// samples counts each class by itself, so that a flood of hits hides no miss and no failure.
type samples struct{ cached, refused, failed, others sample }

func (s *samples) of(x *requestState) *sample {
	switch {
	case x.status >= http.StatusInternalServerError:
		return &s.failed
	case x.status >= http.StatusBadRequest:
		return &s.refused
	case strings.HasPrefix(x.cache, "hit-"), x.cache == "stale", x.cache == "collapsed":
		return &s.cached
	default:
		return &s.others
	}
}

// sample counts one class. Two requests at the turn of a second may be counted as one, or in the wrong second.
type sample struct{ second, seen atomic.Int64 }

// take returns how many requests the line of this one stands for; 0 means no line.
func (s *sample) take(now time.Time) (standsFor int) {
	if second := now.Unix(); s.second.Load() != second {
		s.second.Store(second)
		s.seen.Store(0)
	}
	switch n := s.seen.Add(1); {
	case n <= linesPerSecond:
		return 1
	case n%sampleEvery == 0:
		return sampleEvery
	default:
		return 0
	}
}
