package e2e_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// standLarge starts a Rocket whose usages no kernel buffers: 12 MB, and Linux buffers at most 4 MB for a connection.
func standLarge(t *testing.T) string {
	t.Helper()
	row := `{"id":"` + strings.Repeat("x", 120_000) + `"}`
	list := "[" + row + strings.Repeat(","+row, 99) + "]"
	rocket := simulator()
	return listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/usages") {
			rocket.ServeHTTP(w, r)
			return
		}
		_, _ = io.WriteString(w, list)
	}))
}

// Clients of every slow kind are connected when the signal comes. They cannot hold the process for longer than SHUTDOWN_TIMEOUT, although
// nothing else would cut them off. All lines and spans are there after the end.
func TestSlowClientsCannotHoldTheEnd(t *testing.T) {
	t.Parallel()
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serveProcess(t, standLarge(t), "ROCKET_TIMEOUT=1h", "SHUTDOWN_DELAY=200ms", "SHUTDOWN_TIMEOUT=5s",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=3600000")
	const trace = "0af7651916cd43dd8448eb211c80319c"

	reader := dial(t, g) // of a large response, a byte in a while
	_ = reader.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	fmt.Fprintf(reader, "GET %s HTTP/1.1\r\nHost: x\r\nTraceparent: 00-%s-b7ad6b7169203331-01\r\n\r\n", usagesPath, trace)
	if _, err := reader.in.ReadByte(); err != nil {
		t.Fatal(err)
	}
	go trickle(func() bool { _, err := reader.Read(make([]byte, 1)); return err == nil })
	asker := dial(t, g) // of a header, the same
	go trickle(func() bool { _, err := asker.Write([]byte("G")); return err == nil })
	dial(t, g) // sends nothing

	g.signal(syscall.SIGTERM)
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	g.awaitLine("requests cancelled at the end of the shutdown")
	g.wantWholeLog(`"trace_id":"` + trace)
	c.of(t, trace, 3)
}

// wantWholeLog checks the log of a process that has ended for the line of a request, and for the last line of all.
func (g *gateway) wantWholeLog(request string) {
	g.t.Helper()
	lines := strings.Split(strings.TrimSpace(g.text()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"msg":"ended"`) {
		g.t.Errorf("the last line of the log is %s", last)
	}
	if !strings.Contains(g.text(), request) {
		g.t.Error("the request is not in the log")
	}
}

// trickle does something small from time to time, until it fails.
func trickle(more func() bool) {
	for more() {
		time.Sleep(100 * time.Millisecond)
	}
}

// No metric, line or span from before the end is lost.
func TestTelemetryIsFlushed(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serveProcess(t, url, "SHUTDOWN_TIMEOUT=1h", "OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=3600000")
	const trace = "1bf7651916cd43dd8448eb211c80319d"
	responded := make(chan int, 1)
	go func() {
		resp, _ := ask(t, "GET", g.api+usagesPath, "", "traceparent", "00-"+trace+"-b7ad6b7169203331-01")
		responded <- resp.StatusCode
	}()
	rocket.awaitPosts(t, 1)
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	rocket.open()
	if status := <-responded; status != 200 {
		t.Errorf("the request in flight got %d", status)
	}
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	c.of(t, trace, 5)
	g.wantWholeLog(`"trace_id":"` + trace)
}
