// Package admin is the operators' port: whether the process lives, whether it wants requests, its metrics, and purging.
package admin

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Verifier says who sent a request. The error is a *fault.Error, or the context's.
type Verifier interface {
	Verify(ctx context.Context, authorization []string) (*auth.Caller, error)
}

// Options are what the port tells and does.
type Options struct {
	Registry *prometheus.Registry
	Ready    func() (reason string)                   // why load balancers should send no requests; "" where they should
	Auth     Verifier                                 // nil: who purges is told by where the request comes from
	Pprof    bool                                     // whether other machines may read profiles too
	Audit    *slog.Logger                             // takes every purge
	Resolve  func(target string) (query.Query, error) // parses a path of the API
	Purge    func(context.Context, cache.Purge) error // in all replicas, and for all accounts
	BasePath string                                   // of the API, in the types of problems
}

// Handler gives the routes.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reason := o.Ready(); reason != "" {
			say(w, http.StatusServiceUnavailable, reason)
			return
		}
		say(w, http.StatusOK, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(o.Registry, promhttp.HandlerOpts{Registry: o.Registry, EnableOpenMetrics: true}))
	mux.HandleFunc("POST /cache/purge", o.purge)
	mux.Handle("/debug/pprof/", o.profiles())
	return mux
}

func say(w http.ResponseWriter, status int, word string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"status": word})
}
