package handlers

import (
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/onewrite"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// answer sends 304 where the caller has the content already, else the content as it is stored.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q *query.Query, a cache.Answer, content *cache.Content) {
	h := w.Header()
	h["Etag"] = content.ETag
	s.setCaching(h, q, a)
	stateOf(r.Context()).record(a.Status)
	if matches(r.Header["If-None-Match"], content.ETag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := content.Body
	h["Content-Type"] = jsonType
	if content.Gzip != nil && acceptsGzip(r.Header["Accept-Encoding"]) {
		body = content.Gzip
		h["Content-Encoding"] = gzipCoding
		h["Content-Length"] = content.GzipLength
	} else {
		h["Content-Length"] = content.Length
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		onewrite.Hold(r, len(body))
		_, _ = w.Write(body) //nolint:gosec // JSON, and said to be; a caller that went away wants no answer
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
