package upstream_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func TestBodiesAreKeptByteForByte(t *testing.T) {
	tests := map[string]struct {
		endpoint *query.Endpoint
		body     string
	}{
		"long numbers":      {query.Usages, `[{"id":1620.8050073074419000,"n":[1e400,123456789012345678901234567890,-0,1E+2,0.10]}]`},
		"member order":      {query.ByTag, `{"z":1,"name":2,"m":{"y":[],"b":{}}}`},
		"duplicate members": {query.ByTag, `{"name":1,"name":2}`},
		"unknown members":   {query.Usages, `[{"id":"a","brand_new":{"x":[null,true,{"y":0.1}]}}]`},
		"white space":       {query.Customers, "\r\n\t [ {\"label\" :\t\"A\" , \"value\":\"1\"}\n]\n\n "},
		"escapes":           {query.Usages, `[{"id":"\u00e9\u003c\/\ud83d\ude80\u0000","x":"é<🚀>&","y":"\ud800"}]`},
		"empty list":        {query.Usages, `[]`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := start(t, nil, returns(test.body))
			got, err := fetch(t, connect(t, options(t, r.URL)), newQuery(t, test.endpoint, query.AWS, query.Params{}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.body, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestCheck… have the shapes of all endpoints. None of the bodies is requested again: the next would be the same.
func TestBodiesOfAnotherShape(t *testing.T) {
	for _, e := range query.Endpoints() {
		r := start(t, nil, returns(`{"error":"session lost"}`))
		_, err := fetch(t, connect(t, options(t, r.URL)), newQuery(t, e, query.AWS, query.Params{}))
		wantFault(t, err, fault.UpstreamInvalidResponse, 200)
		r.wantCounts(t, 1, 1)
	}
}

func TestNullIsAnEmptyList(t *testing.T) {
	r := start(t, nil, returns("null\n"))
	if got := mustFetch(t, connect(t, options(t, r.URL))); got != "[]" {
		t.Errorf("got %q", got)
	}
}

func TestContentTypes(t *testing.T) {
	for contentType, ok := range map[string]bool{"": true, "application/json;charset=utf-8": true, "text/html": false} {
		t.Run(contentType, func(t *testing.T) {
			r := start(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header()["Content-Type"] = []string{contentType}
				if contentType == "" {
					w.Header()["Content-Type"] = nil // else the server would guess one
				}
				_, _ = io.WriteString(w, "[]")
			})
			_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
			if !ok {
				wantFault(t, err, fault.UpstreamInvalidResponse, 200)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// sends returns a 200 with one of the ways in which HTTP marks a body's end.
func sends(body string, way string) response {
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		switch way {
		case "length":
			w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		case "chunked":
			_ = http.NewResponseController(w).Flush()
		case "gzip":
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(zip([]byte(body)))
			return
		}
		_, _ = io.WriteString(w, body)
	}
}

func zip(content []byte) []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write(content)
	_ = z.Close()
	return b.Bytes()
}

func TestLargeBodies(t *testing.T) {
	const limit = 100_000
	fits := "[" + strings.Repeat(" ", limit-2) + "]"
	for _, way := range []string{"length", "chunked", "gzip"} {
		t.Run(way, func(t *testing.T) {
			for body, ok := range map[string]bool{fits: true, fits + " ": false, strings.Repeat(fits, 3): false} {
				r := start(t, nil, sends(body, way))
				o := options(t, r.URL)
				o.MaxResponseBytes = limit
				got, err := fetch(t, connect(t, o), usages(t))
				if !ok {
					wantTooLarge(t, err)
				} else if err != nil || got != body {
					t.Errorf("got %d bytes, %v", len(got), err)
				}
			}
		})
	}
}

func TestPromisedLengthBeyondTheLimitIsNotWaitedFor(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Content-Length", "1000000000")
		stall(200, "[")(w, r, n)
	})
	_, err := connect(t, options(t, r.URL)).Fetch(t.Context(), usages(t), requested) // without a deadline: it must not wait for the body
	wantTooLarge(t, err)
}

func wantTooLarge(t *testing.T, err error) {
	t.Helper()
	e := wantFault(t, err, fault.UpstreamInvalidResponse, 200)
	if !strings.Contains(e.Detail, "larger than ROCKET_MAX_RESPONSE_BYTES") {
		t.Errorf("got %v", e)
	}
}

func TestGzipBombIsNotUnpackedBeyondTheLimit(t *testing.T) {
	bomb := bytes.Repeat(zip(make([]byte, 1<<20)), 64) // gzip files may be strung together
	r := start(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb)
	})
	c := connect(t, options(t, r.URL))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := fetch(t, c, usages(t))
	runtime.ReadMemStats(&after)
	wantTooLarge(t, err)
	if took := after.TotalAlloc - before.TotalAlloc; took > 4<<20 { // the server's share included
		t.Errorf("%d bytes were allocated for a response of at most 1 MiB", took)
	}
}
