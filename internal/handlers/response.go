package handlers

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
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
	now          func() time.Time
	clientMaxAge time.Duration
	vary         []string
}

// respond sends 304 if the caller has the content already, else the content as it is stored.
func (s *headers) respond(w http.ResponseWriter, r *http.Request, q *resolved, a cache.Response, content cache.Filtered, f format) {
	h := w.Header()
	h["Etag"] = content.ETag
	h["Last-Modified"] = content.LastModified
	f.setLocation(h, q)
	s.setCaching(h, &q.query, a)
	stateOf(r.Context()).record(a.Status)
	if matches(r.Header["If-None-Match"], content.ETag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	f.setType(h, &q.query)
	body := content.Body
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
		_, _ = w.Write(body) // an error means that the caller has gone
	}
}

// setCaching sets the fields of RFC 9111 and 9211. 200 and 304 have the same.
func (s *headers) setCaching(h http.Header, q *query.Query, a cache.Response) {
	now := s.now()
	age := int64(a.Entry.Age(now) / time.Second)
	h["Age"] = []string{strconv.FormatInt(age, 10)}
	h["Cache-Control"] = []string{"private, max-age=" + strconv.FormatInt(s.maxAge(q, a.FreshUntil, age, now), 10)}
	h["Vary"] = s.vary
	h["X-Period-State"] = states[a.Entry.State]
	h["Cache-Status"] = []string{a.Status.String()}
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
