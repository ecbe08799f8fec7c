package main_test

import (
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// Clients of every slow kind are connected when the signal comes. The process ends in its time, and has told all there is to tell.
func TestSlowClientsCannotHoldTheEnd(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers = 40_000 })
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serve(t, rocket, "SHUTDOWN_DELAY=200ms", "SHUTDOWN_TIMEOUT=2s",
		"OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=3600000")
	const trace = "0af7651916cd43dd8448eb211c80319c"

	reader := dial(t, g) // of a large answer, a byte in a while
	_ = reader.Conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	fmt.Fprintf(reader, "GET %s HTTP/1.1\r\nHost: x\r\nTraceparent: 00-%s-b7ad6b7169203331-01\r\n\r\n", question+"&view=customers", trace)
	if _, err := reader.in.ReadByte(); err != nil {
		t.Fatal(err)
	}
	go trickle(func() bool { _, err := reader.Read(make([]byte, 1)); return err == nil })
	asker := dial(t, g) // of a header, the same
	go trickle(func() bool { _, err := asker.Write([]byte("G")); return err == nil })
	dial(t, g) // says nothing
	if resp, err := dial(t, g).ask(); err != nil || resp.StatusCode != 200 {
		t.Fatal(resp, err)
	}

	begun := time.Now()
	g.signal(syscall.SIGTERM)
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	if took := time.Since(begun); took < 2*time.Second || took > 3200*time.Millisecond {
		t.Errorf("it ended after %s: the delay is 200ms, the timeout 2s", took)
	}
	g.wantWholeLog(trace)
	c.of(t, trace, 3)
}

// wantWholeLog looks for the line of a request in the log of a process that has ended, and for the last line of all.
func (g *gateway) wantWholeLog(trace string) {
	g.t.Helper()
	lines := strings.Split(strings.TrimSpace(g.text()), "\n")
	if last := lines[len(lines)-1]; !strings.Contains(last, `"msg":"ended"`) {
		g.t.Errorf("the last line of the log is %s", last)
	}
	if !strings.Contains(g.text(), `"trace_id":"`+trace) {
		g.t.Error("the request is not in the log")
	}
}

// trickle does something small from time to time, until it fails.
func trickle(more func() bool) {
	for more() {
		time.Sleep(100 * time.Millisecond)
	}
}

// Nothing that was measured or told before the end is lost with it, and the admin port answers until then.
func TestTelemetryIsFlushed(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Latency = time.Second })
	var c collecting
	sink := httptest.NewServer(&c)
	t.Cleanup(sink.Close)
	g := serve(t, rocket, "OTEL_EXPORTER_OTLP_ENDPOINT="+sink.URL, "OTEL_BSP_SCHEDULE_DELAY=3600000")
	const trace = "1bf7651916cd43dd8448eb211c80319d"
	answered := make(chan int, 1)
	go func() {
		resp, _ := ask(t, "GET", g.api+question, "", "traceparent", "00-"+trace+"-b7ad6b7169203331-01")
		answered <- resp.StatusCode
	}()
	time.Sleep(300 * time.Millisecond)
	g.signal(syscall.SIGTERM)
	g.awaitDrain()
	time.Sleep(100 * time.Millisecond) // the port is closed
	for path, want := range map[string]int{"/livez": 200, "/metrics": 200, "/readyz": 503} {
		if a := get(t, g.admin+path); a.StatusCode != want {
			t.Errorf("%s says %d while requests end, want %d", path, a.StatusCode, want)
		}
	}
	if status := <-answered; status != 200 {
		t.Errorf("the request in flight got %d", status)
	}
	if status := g.status(); status != 0 {
		t.Errorf("exit status %d, want 0", status)
	}
	c.of(t, trace, 5)
	g.wantWholeLog(trace)
}
