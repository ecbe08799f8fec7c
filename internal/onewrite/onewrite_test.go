package onewrite_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/onewrite"
)

// serve answers with as many bytes as the query asks for, and counts what reaches the network in how many calls.
func serve(t testing.TB, hold bool) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ConnContext: onewrite.Context, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var size int
		_, _ = fmt.Sscan(r.URL.RawQuery, &size)
		body := pattern(size)
		w.Header().Set("Content-Length", fmt.Sprint(size))
		if hold {
			onewrite.Hold(r, size)
		}
		_, _ = w.Write(body)
	})}
	go func() { _ = server.Serve(onewrite.Listener{Listener: listener}) }()
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

// Every size around the buffer's, several times on one connection, comes out whole.
func TestBodiesComeOutWhole(t *testing.T) {
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
			t.Fatalf("%d bytes: %d came, %v", size, len(body), err)
		}
	}
}

// A body of 20 KB comes with one read where it was sent with one write: loopback keeps the two apart otherwise, mostly.
func TestOneWrite(t *testing.T) {
	for _, hold := range []bool{false, true} {
		base := serve(t, hold)
		c, err := net.Dial("tcp", base[len("http://"):])
		if err != nil {
			t.Fatal(err)
		}
		reads := &counter{r: c}
		in := bufio.NewReaderSize(reads, 64<<10)
		const questions = 200
		for range questions {
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
		t.Logf("hold %t: %d reads for %d answers", hold, reads.n.Load(), questions)
		if hold && reads.n.Load() > questions*11/10 {
			t.Errorf("%d reads for %d answers", reads.n.Load(), questions)
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
