package client_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/oauth2"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// TestMain serves the recordings for the examples, with an issuer of tokens.
func TestMain(m *testing.M) {
	server := httptest.NewServer(http.HandlerFunc(replay))
	_ = os.Setenv("GATEWAY_URL", server.URL)
	_ = os.Setenv("TOKEN_URL", server.URL+"/token")
	var err error
	if c, err = client.New(server.URL, client.WithTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "x"}))); err != nil {
		panic(err)
	}
	code := m.Run()
	server.Close()
	os.Exit(code)
}

// replay responds as the gateway did: each file of testdata is a request and its response. The tests in conformance hold them against a
// gateway, and -update writes them.
func replay(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/token" {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"x","token_type":"Bearer","expires_in":3600}`)
		return
	}
	files, _ := filepath.Glob("testdata/*.http")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			panic(err)
		}
		recording := bufio.NewReader(bytes.NewReader(content))
		request, err := http.ReadRequest(recording)
		if err != nil {
			panic(file + ": " + err.Error())
		}
		if request.RequestURI != r.RequestURI || request.Header.Get("If-None-Match") != r.Header.Get("If-None-Match") {
			continue
		}
		resp, err := http.ReadResponse(recording, request)
		if err != nil {
			panic(file + ": " + err.Error())
		}
		for name, values := range resp.Header {
			w.Header()[name] = values
		}
		w.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(w, resp.Body)
		_ = resp.Body.Close()
		return
	}
	http.Error(w, "testdata has no "+r.RequestURI, http.StatusNotImplemented)
}
