package handlers_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// discard is a response writer that costs next to nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header       { return d.h }
func (discard) WriteHeader(int)             {}
func (discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkHit is a warm query from the router to the last byte, without the network.
func BenchmarkHit(b *testing.B) {
	a := newAPI(b)
	a.responds(`["` + strings.Repeat("Padaria São João ", 1000) + `"]`)
	const target = "/v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30" +
		"&customer_id=96e9b693-5cc0-4f19-bc9a-1ccba175da87&view=customers&cost=resellers"
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "gzip")
	a.handler.ServeHTTP(httptest.NewRecorder(), r)
	b.ReportAllocs()
	for b.Loop() {
		a.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

// BenchmarkFilteredHit is the same for a caller with a token that sees two of two hundred rows, with all limits and logs.
func BenchmarkFilteredHit(b *testing.B) {
	discards := func(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(discard{}, nil)) }
	a := newAPI(b, discards, withAudit, withTokens(b), withRate(b, "1000000/1s"), withQuota(b, "1000000/1s"), withOrigins(app))
	a.responds(array(slices.Repeat(rows[:2], 100)...))
	r := httptest.NewRequest(http.MethodGet, "/v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30&view=customers", nil)
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("Authorization", "Bearer "+a.person("ana", customers("c-2", "c-3")).token)
	a.handler.ServeHTTP(httptest.NewRecorder(), r)
	b.ReportAllocs()
	for b.Loop() {
		a.pass(time.Microsecond) // so that the limit is never used up
		a.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}
