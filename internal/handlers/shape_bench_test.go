package handlers_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// manyRows is a list of 300 usage rows, 64 KB.
func manyRows() string {
	all := make([]string, 300)
	for i := range all {
		all[i] = fmt.Sprintf(`{"id":"96e9b693-5cc0-4f19-bc9a-%012d","parent_id":"1153005","resource_type":"customers","type":"customer",`+
			`"name":"Padaria São João %d","last":%d.%06d,"actual":%d.%d,"forecast":%d.5,"leaf":false,"extra":{}}`,
			i, i*37%300, i*7919%5000, i, i*7907%900, i, i*31%300)
	}
	return array(all...)
}

// BenchmarkShapedHit compares an unshaped hit of a list of 300 rows with shaped ones.
func BenchmarkShapedHit(b *testing.B) {
	for name, query := range map[string]string{
		"0 unshaped": "", "1 page": "&limit=20&offset=40", "2 sorted page": "&sort=-actual,name&limit=20", "3 searched": "&q=joao%2012",
		"4 searched page": "&q=joao&sort=-last&limit=50&offset=100", "5 sorted": "&sort=-actual",
	} {
		for _, coding := range []string{"identity", "gzip"} {
			b.Run(strings.ReplaceAll(name, " ", "_")+"/"+coding, func(b *testing.B) {
				a := newAPI(b)
				a.responds(manyRows())
				r := httptest.NewRequest(http.MethodGet, usages+query, nil)
				r.Header.Set("Accept-Encoding", coding)
				a.handler.ServeHTTP(httptest.NewRecorder(), r)
				b.ReportAllocs()
				for b.Loop() {
					a.handler.ServeHTTP(discard{http.Header{}}, r)
				}
			})
		}
	}
}
