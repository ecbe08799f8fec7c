package handlers

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// normalize rewrites equivalent spellings of a path to the one form that routes, memo, audit and problems read.
func normalize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" { // else the path came in Go's own encoding, which is normal
			u := *r.URL
			u.RawPath = normalPath(u.RawPath)
			if plain := (&url.URL{Path: u.Path}); plain.EscapedPath() == u.RawPath {
				u.RawPath = "" // as net/url leaves it; the router reads Path then
			}
			r = r.WithContext(r.Context()) // a copy
			r.URL = &u
		}
		next.ServeHTTP(w, r)
	})
}

// normalPath returns the path with percent-encoded unreserved characters decoded and all other hex digits in upper case (RFC
// 3986, 6.2.2.1 and 6.2.2.2). Reserved characters stay as they are: an encoded slash separates no segments. A path that is not
// properly encoded has no other form.
func normalPath(path string) string {
	if _, err := url.PathUnescape(path); err != nil {
		return path
	}
	return triplet.ReplaceAllStringFunc(path, func(escaped string) string {
		if decoded, _ := url.PathUnescape(escaped); unreserved(decoded[0]) {
			return decoded
		}
		return strings.ToUpper(escaped)
	})
}

var triplet = regexp.MustCompile("%[[:xdigit:]]{2}")

// unreserved reports whether RFC 3986, 2.3 has the character.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}

// recover turns a panic into a problem document, or ends the connection if the response has begun.
func (p problems) recover(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if reason == http.ErrAbortHandler { //nolint:errorlint // a sentinel that is compared, as net/http does
				panic(reason)
			}
			x := stateOf(r.Context())
			p.log.Error("panic", "request_id", x.id, "panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
			if x.status != 0 {
				panic(http.ErrAbortHandler)
			}
			p.send(w, r, fmt.Errorf("panic: %v", reason))
		}()
		next.ServeHTTP(w, r)
	})
}

// A valid request fits: every parameter at its limit, four bytes a character, each percent-encoded.
const (
	maxURI     = 96 << 10
	maxHeaders = 64 << 10
	// MaxHeaderBytes is for http.Server, which cuts off what is larger than both together without a document.
	MaxHeaderBytes = maxURI + maxHeaders + 32<<10
)

// bound refuses requests larger than any valid one, before anything is read from them.
func (p problems) bound(next http.Handler) http.Handler {
	return p.handle(func(w http.ResponseWriter, r *http.Request) error {
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

// headerSize returns about what the fields took on the wire, in bytes.
func headerSize(h http.Header) int {
	n := 0
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// What pages of other origins may send and read. Credentials are never allowed: the API has no cookies.
const (
	corsHeaders = "Authorization, Cache-Control, If-None-Match, X-Request-Id, traceparent"
	corsExposed = "ETag, Link, X-Total-Count, Content-Location, X-Period-State, Cache-Status, X-Request-Id, Retry-After"
	corsMaxAge  = "7200" // seconds; the longest that browsers accept
)

// Origins are those whose pages may read responses: exact ones, or all below a host as in https://*.example.com.
type Origins []string

// admit reports whether an origin is one of them.
func (o Origins) admit(origin string) bool {
	return slices.ContainsFunc(o, func(allowed string) bool {
		scheme, host, wild := strings.Cut(allowed, "*.")
		if !wild {
			return origin == allowed
		}
		name, hasScheme := strings.CutPrefix(origin, scheme)
		name, below := strings.CutSuffix(name, "."+host)
		return hasScheme && below && name != "" && strings.Trim(name, hostCharacters) == ""
	})
}

// hostCharacters are those of a host's name: ports, paths and the like have others.
const hostCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-."

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
