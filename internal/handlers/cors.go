package handlers

import (
	"net/http"
	"strings"
)

// What pages of other origins may send and read. Credentials are never allowed: the API has no cookies.
const (
	corsHeaders = "Authorization, Cache-Control, If-None-Match, X-Request-Id, traceparent"
	corsExposed = "ETag, Age, Last-Modified, Cache-Status, X-Request-Id, X-Period-State, Retry-After, RateLimit, RateLimit-Policy, Link, " +
		"X-Total-Count"
	corsMaxAge = "7200" // seconds; the longest that browsers accept
)

// Origins are those whose pages may read responses: exact ones, or all below a host as in https://*.example.com.
type Origins []string

// admit reports whether an origin is one of them.
func (o Origins) admit(origin string) bool {
	for _, allowed := range o {
		scheme, host, wild := strings.Cut(allowed, "*.")
		if origin == allowed && !wild {
			return true
		}
		if below, ok := strings.CutSuffix(origin, "."+host); wild && ok {
			if name, ok := strings.CutPrefix(below, scheme); ok && plainHost(name) {
				return true
			}
		}
	}
	return false
}

// plainHost reports whether name is part of a host's name: ports, paths and the like are not.
func plainHost(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return !ofHost(r) })
}

func ofHost(r rune) bool { return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || r == '-' || r == '.' }

// cors returns the middleware for the CORS protocol of the Fetch standard. It responds to preflights itself: they have no token.
func cors(origins Origins) func(next http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		if len(origins) == 0 {
			return next
		}
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Add("Vary", "Origin")
			origin := r.Header.Get("Origin")
			admitted := origin != "" && origins.admit(origin)
			if admitted {
				h.Set("Access-Control-Allow-Origin", origin)
				h.Set("Access-Control-Expose-Headers", corsExposed)
			}
			if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
				next.ServeHTTP(w, r)
				return
			}
			h.Add("Vary", "Access-Control-Request-Method, Access-Control-Request-Headers")
			if admitted {
				h.Del("Access-Control-Expose-Headers")
				h.Set("Access-Control-Allow-Methods", allowedMethods)
				h.Set("Access-Control-Allow-Headers", corsHeaders)
				h.Set("Access-Control-Max-Age", corsMaxAge)
			}
			w.WriteHeader(http.StatusNoContent)
		})
	}
}
