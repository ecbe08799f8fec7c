package handlers

import (
	"net/http"
	"net/url"
	"strings"
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
	plain, rest, found := strings.Cut(path, "%")
	if !found {
		return path
	}
	normal := []byte(plain)
	for found {
		triplet := "%" + strings.ToUpper(rest[:2])
		if decoded, _ := url.PathUnescape(triplet); unreserved(decoded[0]) {
			normal = append(normal, decoded...)
		} else {
			normal = append(normal, triplet...)
		}
		plain, rest, found = strings.Cut(rest[2:], "%")
		normal = append(normal, plain...)
	}
	return string(normal)
}

// unreserved reports whether RFC 3986, 2.3 has the character.
func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~", c) >= 0
}
