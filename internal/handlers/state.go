package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// requestState is the state of one request for its handlers, the access log, the audit and the metrics. It is the request's
// context, not its ResponseWriter, because any middleware may wrap a ResponseWriter. Only the goroutine that serves the request
// uses it.
type requestState struct {
	context.Context // the parent

	writer countingWriter // of the whole response; part of the state to save an allocation

	now    time.Time // when the request began, by the clock of the months
	https  bool      // the API itself is served over TLS
	common bool      // the header has the fields of all responses

	id     string
	caller *auth.Caller // nil before authenticate; see withCaller
	query  *resolved    // what is served or was refused; nil if the request has no valid query, unless profiles refuse it
	cache  string       // Label of the cache's status
	wait   time.Duration
	stale  cache.Stale
	cause  error // why the request failed
	status int   // zero until the header is written
	bytes  int64 // of the body
}

type stateKey struct{}

// Value returns the state itself for stateKey, else what the parent has.
func (x *requestState) Value(key any) any {
	if key == (stateKey{}) {
		return x
	}
	return x.Context.Value(key)
}

// stateOf returns the state of the request with this context. If a middleware has cut the context off from it, stateOf returns an
// empty state: the request has no caller, so that it is refused.
func stateOf(ctx context.Context) *requestState {
	if x, ok := ctx.Value(stateKey{}).(*requestState); ok {
		return x
	}
	return new(requestState)
}

// newState returns the state of a request, which is its context too.
func newState(w http.ResponseWriter, r *http.Request) *requestState {
	x := &requestState{Context: r.Context(), id: httpserver.RequestID(r), cache: "none"}
	x.writer = countingWriter{w, x}
	return x
}

// setCommon sets the fields that all responses have.
func (x *requestState) setCommon(h *header) {
	x.common = true
	h.append("X-Request-Id", func(b []byte) []byte { return append(b, x.id...) })
	h.set("X-Content-Type-Options", noSniff)
	h.set("Referrer-Policy", noReferrer)
	if _, own := h.Header["Content-Security-Policy"]; !own {
		h.set("Content-Security-Policy", noContent)
	}
	if x.https {
		h.set("Strict-Transport-Security", onlyHTTPS)
	}
}

// record takes over the cache's status of the response.
func (x *requestState) record(s cache.Status) { x.cache, x.stale = s.Label(), s.Stale }

// countingWriter records the status and the size of the response in the state.
type countingWriter struct {
	http.ResponseWriter
	state *requestState
}

// begin records the status, and completes the header.
func (w *countingWriter) begin(status int) {
	x := w.state
	if x.status != 0 {
		return
	}
	x.status = status
	if !x.common {
		x.setCommon(&header{Header: w.Header()})
	}
}

// WriteHeader records the status.
func (w *countingWriter) WriteHeader(status int) {
	w.begin(status)
	w.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (w *countingWriter) Write(b []byte) (int, error) {
	w.begin(http.StatusOK)
	n, err := w.ResponseWriter.Write(b)
	w.state.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
