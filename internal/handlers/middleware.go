package handlers

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/go-chi/chi/v5"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// A valid request fits: every parameter at its limit, four bytes a character, each percent-encoded.
const (
	maxURI     = 96 << 10
	maxHeaders = 64 << 10
	// MaxHeaderBytes is for http.Server, which cuts off what is larger than both together without a document.
	MaxHeaderBytes = maxURI + maxHeaders + 32<<10
)

// track gives the request its state and reports it to log and metrics at the end.
func (s *Server) track(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		started := time.Now()
		x := newState(w, r)
		h := w.Header()
		h["X-Request-Id"] = []string{x.id}
		s.setSecurity(h)
		next.ServeHTTP(&x.writer, r.WithContext(x))
		s.report(r, x, time.Since(started))
	})
}

// report reports a finished request to metrics, trace, audit and log.
func (s *Server) report(r *http.Request, x *requestState, took time.Duration) {
	route := "unmatched"
	if pattern := chi.RouteContext(r.Context()).RoutePattern(); pattern != "" && x.status != http.StatusNotFound {
		route = pattern
	}
	span := trace.SpanFromContext(r.Context())
	s.Observe(observed(route, x, took, span.SpanContext()))
	nameSpan(span, r.Method, route, x.cache)
	ctx := context.WithoutCancel(r.Context())
	s.audit(ctx, r, x)
	s.access(ctx, r.Method, route, x, took)
}

// nameSpan tells what is known of a request when it is over. Ids of tenants are in its query alone, which no span holds.
func nameSpan(span trace.Span, method, route, cacheResult string) {
	if span.IsRecording() {
		span.SetName(method + " " + route)
		span.SetAttributes(attribute.String("http.route", route), attribute.String("cache.result", cacheResult))
	}
}

// recover turns a panic into a problem document, or ends the connection if the response has begun.
func (s *Server) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is compared, as net/http does
				panic(p)
			}
			x := stateOf(r.Context())
			s.Log.Error("panic", "request_id", x.id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			if x.status != 0 {
				panic(http.ErrAbortHandler)
			}
			s.fail(w, r, fmt.Errorf("panic: %v", p))
		}()
		next.ServeHTTP(w, r)
	})
}

// bound refuses requests larger than any valid one, before anything is read from them.
func (s *Server) bound(next http.Handler) http.Handler {
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		if n := len(r.RequestURI); n > maxURI {
			return tooLarge(fault.URITooLong, "The request target has ", n, maxURI)
		}
		if n := headerSize(r.Header); n > maxHeaders {
			return tooLarge(fault.HeadersTooLarge, "The header fields have ", n, maxHeaders)
		}
		next.ServeHTTP(w, r)
		return nil
	})
}

func tooLarge(kind fault.Kind, what string, bytes, limit int) error {
	return &fault.Error{Kind: kind, Detail: what + strconv.Itoa(bytes) + " bytes; at most " + strconv.Itoa(limit) + " are read."}
}

// headerSize is about what the fields took on the wire.
func headerSize(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}
