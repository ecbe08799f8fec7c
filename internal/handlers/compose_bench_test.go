package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// BenchmarkComposedHit compares composed hits, and CSV, with a plain hit of a list of 300 rows, of which they are made.
func BenchmarkComposedHit(b *testing.B) {
	for _, target := range []string{
		"usages?format=json", "usages?format=csv", "usages/top", "overview", "trend?months=2&limit=20", "trend?months=12&limit=20",
		"trend?months=12&limit=20&sort=name",
		"trend?months=24", "trend?months=24&format=csv",
	} {
		a := newAPI(b)
		list := []byte(manyRows())
		a.rocket = func(q *query.Query) ([]byte, error) {
			if q.Endpoint.Shape == query.Object {
				return monthly(q)
			}
			return list, nil
		}
		b.Run(target, func(b *testing.B) {
			r := httptest.NewRequest(http.MethodGet, "/v1/azure/"+target, nil)
			a.handler.ServeHTTP(httptest.NewRecorder(), r)
			b.ReportAllocs()
			for b.Loop() {
				a.handler.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}
