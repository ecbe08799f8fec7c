package handlers_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// corked serves the API on connections that take fields past net/http.
func (a *api) corked() (base string) {
	a.t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		a.t.Fatal(err)
	}
	server := &httptest.Server{
		Listener: httpserver.CorkListener{Listener: listener},
		Config:   &http.Server{Handler: a.handler, ConnContext: httpserver.CorkContext, ReadHeaderTimeout: time.Minute},
	}
	server.Start()
	a.t.Cleanup(server.Close)
	return "http://" + listener.Addr().String()
}

// over sends a request over a connection that all requests share.
func over(t *testing.T, method, url string, header ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Encoding", "identity")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// A response has the same fields, each once, whether net/http or the connection writes them, and those of no other response.
func TestFieldsOverAConnection(t *testing.T) {
	a := newAPI(t, withTokens(t), withRate(t, "1000/1h"), withOrigins(app))
	token := []string{"Authorization", "Bearer " + a.person("ana", distributors("*")).token, "Origin", app, "X-Request-Id", "one"}
	a.responds(manyRows())
	base, plain := a.corked(), httptest.NewServer(a.handler)
	defer plain.Close()
	for _, c := range []struct {
		name, method, target string
		header               []string
	}{
		{"a hit", "GET", usages, nil},
		{"gzip", "GET", usages, []string{"Accept-Encoding", "gzip"}},
		{"HEAD", "HEAD", usages, nil},
		{"a 304", "GET", usages, []string{"If-None-Match", "*"}},
		{"a page", "GET", usages + "&sort=name&limit=2", nil},
		{"CSV", "GET", usages, []string{"Accept", "text/csv"}},
		{"composed", "GET", "/v1/azure/usages/top?period=2025-06", nil},
		{"a refusal", "GET", usages + "&x=1", nil},
		{"not found", "GET", "/nowhere", nil},
		{"another origin", "GET", usages, []string{"Origin", "https://evil.example.com"}},
		{"the docs", "GET", "/docs/", nil},
	} {
		header := append(append([]string{}, token...), c.header...)
		a.get(c.target, header...) // so that it is a hit for both
		got, direct := over(t, c.method, base+c.target, header...), over(t, c.method, plain.URL+c.target, header...)
		for _, resp := range []*http.Response{got, direct} {
			resp.Header.Del("Date")
			resp.Header.Del("RateLimit")
		}
		if diff := cmp.Diff(direct.Header, got.Header); diff != "" || got.StatusCode != direct.StatusCode {
			t.Errorf("%s: %d %s", c.name, got.StatusCode, diff)
		}
		if one, two := body(t, direct), body(t, got); one != two {
			t.Errorf("%s: a body of %d bytes, want %d", c.name, len(two), len(one))
		}
	}
}
