package handlers

import (
	"maps"
	"slices"
	"time"

	"go.opentelemetry.io/otel/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Request is one request as metrics see it. But for the trace its texts are of few values each: nothing that a caller sent is among
// them.
type Request struct {
	Route   string // the pattern, never the path
	Status  int
	Cache   string      // how the cache answered, or none
	Stale   cache.Stale // why the answer is a stale one; empty where it is not
	Problem fault.Kind  // what the answer is a problem document for; empty where it is none
	Refusal string      // why the caller was refused, one of Refusals; empty where that is not so
	Took    time.Duration
	Trace   string // the id of its trace, for an exemplar; empty where none is kept
}

// Why callers are refused whose tokens are good.
const (
	refusedScope = "scope" // the token lacks one
	refusedReach = "reach" // the profiles, or the service accounts, do not grant the question
)

// Refusals are all that the Refusal of a Request may be.
func Refusals() []string { return append(auth.Reasons(), refusedScope, refusedReach) }

// Problems are all kinds that the Problem of a Request may be.
func Problems() []fault.Kind { return slices.Sorted(maps.Keys(kinds)) }

func observed(route string, x *requestState, took time.Duration, span trace.SpanContext) Request {
	r := Request{Route: route, Status: x.status, Cache: x.cache, Stale: x.stale, Took: took}
	if span.IsSampled() {
		r.Trace = span.TraceID().String()
	}
	if x.cause != nil {
		f := fault.Of(x.cause)
		r.Problem, r.Refusal = f.Kind, refusal(f)
	}
	return r
}

func refusal(f *fault.Error) string {
	switch {
	case f.Kind == fault.Unauthorized, f.Kind == fault.AuthUnavailable:
		return f.Reason
	case f.Kind == fault.Forbidden && f.Scope != "":
		return refusedScope
	case f.Kind == fault.Forbidden:
		return refusedReach
	default:
		return ""
	}
}
