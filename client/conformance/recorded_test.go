package conformance_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

// recorded are the fields of responses that recordings have. Those whose values differ with the time have a fixed one.
var recorded = [][2]string{
	{"Age", "12"}, {"Cache-Control", "private, max-age=72"}, {"Cache-Status", "rocket-gateway; hit; ttl=86388; detail=memory"},
	{"Content-Disposition"}, {"Content-Location"}, {"Content-Type"}, {"ETag"}, {"Last-Modified", "Wed, 09 Jul 2025 16:48:58 GMT"}, {"Link"},
	{"X-Period-State"}, {"X-Request-Id", requestID}, {"X-Total-Count"},
}

const requestID = "5KZQ3VXY2M7DNBHWRJ4TGC6PLA"

var expires = regexp.MustCompile(`"expires_at":"[^"]+"`)

// The recordings that the client's examples run against are what the gateway responds. A new one begins as a file with a request.
func TestRecordings(t *testing.T) {
	g := start(t)
	token := g.token([]profile{{client.Azure, "resellers", []string{"1153013"}}})
	files, err := filepath.Glob("../testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no recordings: %v", err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(content)))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		got := record(t, g.url, token, request)
		if bytes.Equal(got, content) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the gateway responds; -update writes:\n%s", file, got)
		} else if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// record returns a request and the gateway's response, as a recording.
func record(t *testing.T, base, token string, request *http.Request) []byte {
	t.Helper()
	sent, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+request.RequestURI, nil)
	if err != nil {
		t.Fatal(err)
	}
	sent.Header = request.Header.Clone()
	sent.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(sent)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var b bytes.Buffer
	fmt.Fprintf(&b, "GET %s HTTP/1.1\n", request.RequestURI)
	if tag := request.Header.Get("If-None-Match"); tag != "" {
		fmt.Fprintf(&b, "If-None-Match: %s\n", tag)
	}
	fmt.Fprintf(&b, "\nHTTP/1.1 %s\n", resp.Status)
	for _, field := range recorded {
		name, value := field[0], field[1]
		if got := resp.Header.Get(name); got == "no-store" || got != "" && value == "" {
			value = got
		} else if got == "" {
			continue
		}
		fmt.Fprintf(&b, "%s: %s\n", name, value)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	body = bytes.ReplaceAll(body, []byte(resp.Header.Get("X-Request-Id")), []byte(requestID))
	return append(append(b.Bytes(), '\n'), expires.ReplaceAll(body, []byte(`"expires_at":"2025-07-09T17:48:58Z"`))...)
}
