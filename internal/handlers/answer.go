package handlers

import (
	"net/http"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// answer sends 304 if the caller has the content already, else the content as it is stored.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, q *query.Query, a cache.Response, content cache.Filtered) {
	h := w.Header()
	h["Etag"] = content.ETag
	h["Last-Modified"] = content.LastModified
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
		httpserver.Cork(r, len(body))
		_, _ = w.Write(body) // a caller that went away wants no answer
	}
}
