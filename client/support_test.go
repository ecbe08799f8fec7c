package client_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// transport responds in place of a gateway.
type transport func(*http.Request) (*http.Response, error)

func (t transport) RoundTrip(r *http.Request) (*http.Response, error) { return t(r) }

// clientOf returns a client whose requests a function responds to.
func clientOf(t *testing.T, respond transport, with ...client.Option) *client.Client {
	t.Helper()
	c, err := client.New("https://costs.example.com/base/", append(with, client.WithHTTPClient(&http.Client{Transport: respond}))...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// response returns a response with header lines given as name, value, name, value, …
func response(r *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{"Content-Type": {"application/json"}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Body: io.NopCloser(strings.NewReader(body)), Request: r}
}
