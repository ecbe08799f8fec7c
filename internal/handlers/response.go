package handlers

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Header values that never change. They are shared by all responses and never written to.
var (
	jsonType   = []string{"application/json"}
	gzipCoding = []string{"gzip"}
	vary       = []string{"Authorization, Accept, Accept-Encoding"}
	varyOrigin = []string{"Authorization, Accept, Accept-Encoding, Origin"}
	states     = map[cache.State][]string{
		cache.Open: {string(cache.Open)}, cache.Settling: {string(cache.Settling)}, cache.Closed: {string(cache.Closed)},
	}
)

// headers makes the header of data responses.
type headers struct {
	clientMaxAge time.Duration
	vary         []string
}

// respond sends 304 if the caller has the content already, else the content as it is stored.
func (s *headers) respond(w http.ResponseWriter, r *http.Request, q *resolved, a cache.Response, content cache.Filtered, f format) {
	x := stateOf(r.Context())
	x.record(a.Status)
	h := newHeader(w, r, x)
	x.setCommon(&h)
	h.set("Etag", content.ETag[:])
	h.set("Last-Modified", content.LastModified)
	f.setLocation(&h, q)
	s.setCaching(&h, &q.query, a)
	if matches(r.Header["If-None-Match"], content.ETag[0]) {
		h.write(http.StatusNotModified)
		return
	}
	f.setType(h.Header, &q.query)
	body := content.Body
	if content.Gzip != nil && acceptsGzip(r.Header["Accept-Encoding"]) {
		body = content.Gzip
		h.set("Content-Encoding", gzipCoding)
		h.Header["Content-Length"] = content.GzipLength[:]
	} else {
		h.Header["Content-Length"] = content.Length[:]
	}
	h.write(http.StatusOK)
	if r.Method != http.MethodHead {
		h.cork(len(body))
		_, _ = w.Write(body) // an error means that the caller has gone
	}
}

// setCaching sets the fields of RFC 9111 and 9211. 200 and 304 have the same.
func (s *headers) setCaching(h *header, q *query.Query, a cache.Response) {
	age := int64(a.Entry.Age(a.At) / time.Second)
	maxAge := s.maxAge(q, a.FreshUntil, age, a.At)
	h.append("Age", func(b []byte) []byte { return strconv.AppendInt(b, age, 10) })
	h.append("Cache-Control", func(b []byte) []byte { return strconv.AppendInt(append(b, "private, max-age="...), maxAge, 10) })
	h.append("Cache-Status", a.Status.Append)
	h.set("Vary", s.vary)
	h.set("X-Period-State", states[a.Entry.State])
}

// maxAge counts from when Rocket sent the body, as Age does. A stale response must not be fresh at the client, and a response for a
// relative period must not outlive the month.
func (s *headers) maxAge(q *query.Query, freshUntil time.Time, age int64, now time.Time) int64 {
	left := min(freshUntil.Sub(now), s.clientMaxAge)
	if !q.Turn.IsZero() {
		left = min(left, q.Turn.Sub(now))
	}
	if left <= 0 {
		return 0
	}
	return min(age+int64(left/time.Second), math.MaxInt32) // RFC 9111, 1.2.2
}

// sendUncached sends a value of texts, numbers and times, which always encode, as JSON that nothing keeps.
func sendUncached(w http.ResponseWriter, r *http.Request, status int, value any) {
	body, _ := encodeJSON(value, "")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) //nolint:gosec // JSON, which no browser takes for a page: nosniff
	}
}

func encodeJSON(value any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(value)
	return b.Bytes(), err
}
