package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// discard is a response writer that costs next to nothing.
type discard struct{ h http.Header }

func (d discard) Header() http.Header       { return d.h }
func (discard) WriteHeader(int)             {}
func (discard) Write(b []byte) (int, error) { return len(b), nil }

// BenchmarkHit is a warm question from the router to the last byte, without the network.
func BenchmarkHit(b *testing.B) {
	a := newAPI(b)
	a.says(`["` + strings.Repeat("Padaria São João ", 1000) + `"]`)
	const target = "/v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30&customer_id=96e9b693-5cc0-4f19-bc9a-1ccba175da87&view=customers&cost=resellers"
	r := httptest.NewRequest(http.MethodGet, target, nil)
	r.Header.Set("Accept", "*/*")
	r.Header.Set("Accept-Encoding", "gzip")
	a.handler.ServeHTTP(httptest.NewRecorder(), r)
	b.ReportAllocs()
	for b.Loop() {
		a.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}
