// Package admin is the operators' listener: liveness, readiness, metrics, the console, profiles, purges and explanations.
package admin

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/console"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Verifier returns the caller of a request with these Authorization fields. The error is a *fault.Error, or the context's.
type Verifier interface {
	Verify(ctx context.Context, authorization []string) (*auth.Caller, error)
}

// Options are the parts and settings of the listener.
type Options struct {
	Registry *prometheus.Registry                     // of /metrics and the console
	Now      func() time.Time                         // of the console
	Ready    func() (reason string)                   // why load balancers should send no requests; "" if they should
	Auth     Verifier                                 // nil: only callers on this machine may purge or inspect
	Pprof    bool                                     // other machines may read profiles too
	Audit    *slog.Logger                             // logs every purge, and failures of the gateway's own
	Resolve  func(target string) (query.Query, error) // parses a path of the API
	Purge    func(context.Context, cache.Purge) error // in all replicas, and for all accounts

	Expand  func(target string) (location string, parts []query.Part, err error)                // parses a path of the API into its parts
	Explain func(ctx context.Context, q query.Query, account string) (x Explanation, err error) // of a part, of which it sets no name

	BasePath string // of the API, in the types of problems
}

// Handler returns the routes.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { sendStatus(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := o.Ready(); reason != "" {
			sendStatus(w, http.StatusServiceUnavailable, reason)
			return
		}
		sendStatus(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{Registry: o.Registry, EnableOpenMetrics: true}))
	mux.Handle("GET /{$}", console.Handler(o.Registry, o.Now))
	mux.HandleFunc("POST /cache/purge", o.handle(o.purge))
	mux.HandleFunc("GET /cache/entry", o.handle(o.inspect))
	mux.Handle("/debug/pprof/", o.profiles())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(requestID, httpserver.RequestID(r))
		mux.ServeHTTP(w, r)
	})
}

// requestID is the field of every response with the id of its request, which the log and problems have too.
const requestID = "X-Request-Id"

// handle returns a handler that sends the problem if h returns an error.
func (o Options) handle(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			o.refuse(w, r, err)
		}
	}
}

// profiles serves Go's profiles to this machine, and to others if Pprof is set: profiles expose the process, and cost it something.
func (o Options) profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.Pprof && !isLocal(r) {
			o.refuse(w, r, refusal{http.StatusForbidden, "Profiles are for callers on this machine; ADMIN_PPROF=true lets others have them too."})
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func sendStatus(w http.ResponseWriter, status int, word string) {
	send(w, status, "application/json", map[string]any{"status": word})
}

func send(w http.ResponseWriter, status int, mediaType string, document any) {
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false) // so that people can read URLs
	_ = e.Encode(document)
}
