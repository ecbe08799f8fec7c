package admin

import (
	"net/http"
	"net/http/pprof"
)

// profiles serves Go's profiles to this machine, and to others where that was asked for: they tell much about the process, and cost
// it something.
func (o Options) profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !o.Pprof && !fromHere(r) {
			refuse(w, http.StatusForbidden, "Profiles are for callers on this machine; ADMIN_PPROF=true lets others have them too.")
			return
		}
		mux.ServeHTTP(w, r)
	})
}
