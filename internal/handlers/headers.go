package handlers

import (
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Header values that never change. They are shared by all answers and never written to.
var (
	jsonType   = []string{"application/json"}
	gzipCoding = []string{"gzip"}
	vary       = []string{"Authorization, Accept, Accept-Encoding"}
	varyOrigin = []string{"Authorization, Accept, Accept-Encoding, Origin"}
	noSniff    = []string{"nosniff"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"} // in a page made of what is no page
	onlyHTTPS  = []string{"max-age=31536000"}
	states     = map[cache.State][]string{
		cache.Open: {string(cache.Open)}, cache.Settling: {string(cache.Settling)}, cache.Closed: {string(cache.Closed)},
	}
)

// setSecurity tells browsers to take answers for what they are, and nothing more. The docs have a policy of their own.
func (s *Server) setSecurity(h http.Header) {
	h["X-Content-Type-Options"] = noSniff
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = noContent
	if s.HTTPS {
		h["Strict-Transport-Security"] = onlyHTTPS
	}
}

// setCaching sets what RFC 9111 and 9211 say of the entry. 200 and 304 have the same.
func (s *Server) setCaching(h http.Header, q *query.Query, a cache.Response) {
	now := s.Now()
	age := int64(a.Entry.Age(now) / time.Second)
	h["Age"] = []string{strconv.FormatInt(age, 10)}
	h["Cache-Control"] = []string{"private, max-age=" + strconv.FormatInt(s.maxAge(q, a.FreshUntil, age, now), 10)}
	h["Vary"] = s.vary
	h["X-Period-State"] = states[a.Entry.State]
	h["Cache-Status"] = []string{a.Status.String()}
}

// maxAge counts from when Rocket gave the body, as Age does. What is stale here must not be fresh at the client, and what
// was asked for as "this month" must not outlive the month.
func (s *Server) maxAge(q *query.Query, freshUntil time.Time, age int64, now time.Time) int64 {
	left := min(freshUntil.Sub(now), s.ClientMaxAge)
	if !q.Turn.IsZero() {
		left = min(left, q.Turn.Sub(now))
	}
	if left <= 0 {
		return 0
	}
	return min(age+int64(left/time.Second), math.MaxInt32) // as RFC 9111, 1.2.2 would have it
}
