package httpserver_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// serve responds with as many bytes as the query names.
func serve(t testing.TB, cork bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ConnContext: httpserver.CorkContext, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var size int
		_, _ = fmt.Sscan(r.URL.RawQuery, &size)
		body := pattern(size)
		w.Header().Set("Content-Length", fmt.Sprint(size))
		c := httpserver.CorkedOf(r)
		if cork {
			c.Cork(size)
		}
		if r.URL.Path == "/fields" {
			c.SetFields(fmt.Appendf(c.Fields(), "X-Size: %d\r\nX-Long: %s\r\n", size, pattern(size%1000)))
		}
		_, _ = w.Write(body)
	})}
	go func() { _ = server.Serve(httpserver.CorkListener{Listener: listener}) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

func pattern(size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte('a' + i%23)
	}
	return b
}

// Every size around the buffer's, several times on one connection, arrives whole.
func TestBodiesArriveWhole(t *testing.T) {
	base := serve(t, true)
	client := &http.Client{}
	defer client.CloseIdleConnections()
	sizes := []int{0, 1, 100, 1 << 20}
	for around := range 400 {
		sizes = append(sizes, 4096-250+around, 8192-250+around)
	}
	for _, size := range sizes {
		resp, err := client.Get(fmt.Sprintf("%s/?%d", base, size))
		if err != nil {
			t.Fatal(size, err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || !bytes.Equal(body, pattern(size)) {
			t.Fatalf("%d bytes: %d arrived, %v", size, len(body), err)
		}
	}
}

// Fields past net/http arrive with the response that they were set for, and with no other.
func TestFields(t *testing.T) {
	for _, cork := range []bool{false, true} {
		base := serve(t, cork)
		client := &http.Client{}
		defer client.CloseIdleConnections()
		for _, size := range []int{0, 1, 1000, 3800, 3900, 4000, 4095, 4096, 4097, 9000, 1 << 20} {
			for _, path := range []string{"/fields", "/", "/fields"} {
				resp, err := client.Get(fmt.Sprintf("%s%s?%d", base, path, size))
				if err != nil {
					t.Fatal(size, err)
				}
				body, err := io.ReadAll(resp.Body)
				_ = resp.Body.Close()
				if err != nil || !bytes.Equal(body, pattern(size)) {
					t.Fatalf("%d bytes: %d arrived, %v", size, len(body), err)
				}
				want := http.Header{"Content-Length": {fmt.Sprint(size)}, "Date": resp.Header["Date"]}
				if resp.Header["Content-Type"] != nil {
					want["Content-Type"] = []string{"text/plain; charset=utf-8"}
				}
				if path == "/fields" {
					want["X-Size"], want["X-Long"] = []string{fmt.Sprint(size)}, []string{string(pattern(size % 1000))}
				}
				if !maps.EqualFunc(want, resp.Header, slices.Equal) {
					t.Errorf("%s with %d bytes: %v", path, size, resp.Header)
				}
			}
		}
	}
}

// A body of 20 KB arrives with one read if it was sent with one write: loopback mostly keeps two writes apart.
func TestACorkedResponseIsOneWrite(t *testing.T) {
	for _, cork := range []bool{false, true} {
		base := serve(t, cork)
		c, err := net.Dial("tcp", base[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		reads := &counter{r: c}
		in := bufio.NewReaderSize(reads, 64<<10)
		const requests = 200
		for range requests {
			_, _ = io.WriteString(c, "GET /?20000 HTTP/1.1\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, resp.Body); n != 20000 || err != nil {
				t.Fatal(n, err)
			}
		}
		_ = c.Close()
		t.Logf("cork %t: %d reads for %d responses", cork, reads.n.Load(), requests)
		if cork && reads.n.Load() > requests*11/10 {
			t.Errorf("%d reads for %d responses", reads.n.Load(), requests)
		}
	}
}

type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	c.n.Add(1)
	return c.r.Read(p)
}
