package handlers

import (
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// answer sends 304 where the caller has the body already, else the body as it is stored.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q *query.Query, a cache.Answer) {
	h := w.Header()
	s.setCaching(h, q, a)
	note(w, a.Status.Label())
	if matches(r.Header["If-None-Match"], a.Entry.ETag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := a.Entry.Body
	h["Content-Type"] = jsonType
	if a.Entry.Gzip != nil && acceptsGzip(r.Header["Accept-Encoding"]) {
		body = a.Entry.Gzip
		h["Content-Encoding"] = gzipCoding
		h["Content-Length"] = a.Entry.GzipLength
	} else {
		h["Content-Length"] = a.Entry.Length
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a caller that went away wants no answer
	}
}

// matches compares an If-None-Match header with our tag, weakly (RFC 9110, 13.1.2). Our tags hold neither comma nor quote.
func matches(header []string, tag string) bool {
	opaque := strings.TrimPrefix(tag, "W/")
	for _, line := range header {
		for line != "" {
			var candidate string
			candidate, line, _ = strings.Cut(line, ",")
			candidate = strings.TrimSpace(candidate)
			if candidate == "*" || strings.TrimPrefix(candidate, "W/") == opaque {
				return true
			}
		}
	}
	return false
}
