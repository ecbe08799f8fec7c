package handlers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
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

// BenchmarkShapedHit compares an unshaped hit of a list of 300 rows with shaped ones, in the process and over a connection.
func BenchmarkShapedHit(b *testing.B) {
	for _, selection := range []string{
		"", "&limit=20&offset=40", "&sort=-actual,name&limit=20", "&q=joao+12", "&q=joao&sort=-last&limit=50&offset=100", "&sort=-actual",
	} {
		for _, coding := range []string{"identity", "gzip"} {
			a := newAPI(b)
			a.responds(manyRows())
			r := httptest.NewRequest(http.MethodGet, usages+selection, nil)
			r.Header.Set("Accept-Encoding", coding)
			a.handler.ServeHTTP(httptest.NewRecorder(), r)
			b.Run("handler/"+coding+"/"+selection, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					a.handler.ServeHTTP(discard{http.Header{}}, r)
				}
			})
			b.Run("connection/"+coding+"/"+selection, func(b *testing.B) { overConnection(b, a.handler, usages+selection, coding) })
		}
	}
}

func overConnection(b *testing.B, handler http.Handler, target, coding string) {
	server := httptest.NewServer(handler)
	defer server.Close()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, server.URL+target, nil)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", coding)
	for b.Loop() {
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
}
