package fleet

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"
)

// testNode is a monitored connection to a server that the test plays.
type testNode struct {
	*Monitor
	client, server net.Conn
}

func newTestNode(t *testing.T) *testNode {
	t.Helper()
	inner, server := net.Pipe()
	n := &testNode{Monitor: NewMonitor(slog.New(slog.DiscardHandler)), server: server}
	n.client = n.connect(t, inner)
	t.Cleanup(func() { _ = server.Close() })
	return n
}

// connect returns a monitored connection over another one.
func (n *testNode) connect(t *testing.T, inner net.Conn) net.Conn {
	t.Helper()
	c, err := n.Dialer(func(context.Context, string, string) (net.Conn, error) { return inner, nil })(t.Context(), "tcp", "node:6379")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// await reads a reply with a deadline, as go-redis does, and returns how long that took.
func (n *testNode) await(deadline time.Duration) (took time.Duration, err error) {
	started := time.Now()
	_ = n.client.SetReadDeadline(started.Add(deadline))
	_, err = n.client.Read(make([]byte, 16))
	return time.Since(started), err
}

func (n *testNode) want(t *testing.T, available bool) {
	t.Helper()
	if n.available("node:6379") != available || n.available("") != available {
		t.Errorf("available %t, want %t", n.available("node:6379"), available)
	}
}

func TestSilentNodeIsUnavailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		took, err := n.await(commandTimeout)
		if took != silence || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v after %s, want a timeout after %s", err, took, silence)
		}
		n.want(t, false)
		if _, err := n.client.Read(make([]byte, 1)); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("its connection: %v, want it closed", err)
		}
	})
}

// Half a second without progress is too long, not half a second in all.
func TestSlowNodeIsAvailable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		go func() {
			for range 10 {
				time.Sleep(silence - time.Millisecond)
				_, _ = n.server.Write([]byte("x"))
			}
		}()
		for range 10 {
			if _, err := n.await(commandTimeout); err != nil {
				t.Fatal(err)
			}
		}
		n.want(t, true)
	})
}

// What a node sends on one connection is a sign of life for the others.
func TestProgressOnAnotherConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		inner, server := net.Pipe()
		defer func() { _ = server.Close() }()
		other := n.dialing("node:6379").observe(inner)
		go func() {
			for range 5 {
				time.Sleep(silence / 2)
				_, _ = server.Write([]byte("x"))
			}
		}()
		go func() {
			for range 5 {
				_, _ = other.Read(make([]byte, 1))
			}
		}()
		if took, _ := n.await(commandTimeout); took < 5*silence/2+silence || took > 5*silence/2+silence+slice {
			t.Errorf("judged after %s", took)
		}
	})
}

// The caller's own deadline, an idle connection, and a wait for messages are no evidence.
func TestNoEvidence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		if took, err := n.await(silence / 2); took != silence/2 || err == nil {
			t.Errorf("%v after %s", err, took)
		}
		time.Sleep(time.Hour)
		_ = n.client.SetReadDeadline(time.Time{})
		time.AfterFunc(time.Hour, func() { _, _ = n.server.Write([]byte("message")) })
		if _, err := n.client.Read(make([]byte, 16)); err != nil {
			t.Error(err)
		}
		n.want(t, true)
	})
}

// A process that is paused, or gets no processor, is no evidence: a slice of time counts once, however long it takes.
func TestStallIsNoEvidence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		stalled := &stallingConn{Conn: n.client.(*conn).Conn}
		n.client = n.connect(t, stalled)
		stalled.server = n.server
		if took, err := n.await(commandTimeout); err != nil || took < 5*time.Second {
			t.Errorf("%v after %s", err, took)
		}
		n.want(t, true)
	})
}

// stallingConn is a connection of a process that is paused for five seconds. The reply comes meanwhile.
type stallingConn struct {
	net.Conn
	server  net.Conn
	stalled bool
}

func (c *stallingConn) Read(p []byte) (int, error) {
	if !c.stalled {
		c.stalled = true
		time.Sleep(5 * time.Second)
		go func() { _, _ = c.server.Write([]byte("x")) }()
		return 0, os.ErrDeadlineExceeded
	}
	return c.Conn.Read(p)
}

// A large value takes its time on a slow link; once it has arrived, silence is silence.
func TestTransferExtendsLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		go func() { _, _ = io.CopyN(io.Discard, n.server, 4<<20) }()
		_ = n.client.SetWriteDeadline(time.Now().Add(commandTimeout))
		if written, err := n.client.Write(make([]byte, 4<<20)); written != 4<<20 || err != nil {
			t.Fatal(written, err)
		}
		time.AfterFunc(2*time.Second, func() { _, _ = n.server.Write([]byte("x")) })
		if took, err := n.await(commandTimeout); took != 2*time.Second || err != nil {
			t.Errorf("%v after %s", err, took)
		}
		if took, _ := n.await(commandTimeout); took != silence {
			t.Errorf("judged after %s, want %s", took, silence)
		}
	})
}

// A node that takes nothing more is as silent as one that sends nothing.
func TestBlockedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newTestNode(t)
		go func() { _, _ = io.CopyN(io.Discard, n.server, 100<<10) }()
		_ = n.client.SetWriteDeadline(time.Now().Add(commandTimeout))
		if written, err := n.client.Write(make([]byte, 1<<20)); written != 100<<10 || err == nil {
			t.Error(written, err)
		}
		n.want(t, false)
	})
}

func TestRefusedDial(t *testing.T) {
	refused := errors.New("connection refused")
	m := NewMonitor(slog.New(slog.DiscardHandler))
	dial := m.Dialer(func(ctx context.Context, _, _ string) (net.Conn, error) { return nil, errors.Join(refused, ctx.Err()) })
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := dial(ended, "tcp", "node:6379"); err == nil || !m.available("node:6379") {
		t.Error("a dial that its caller aborted is evidence")
	}
	if _, err := dial(t.Context(), "tcp", "node:6379"); !errors.Is(err, refused) || m.available("node:6379") {
		t.Error("a refused dial is no evidence")
	}
	if _, all := m.unavailable(); !all || !m.available("other:6379") {
		t.Error("a node vouches for another")
	}
	m.forget([]string{"node:6379"})
	if !m.available("") {
		t.Error("a node that Redis does not name any more counts")
	}
}

// A node that does not even accept a connection is unavailable after the same time.
func TestSilentDial(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMonitor(slog.New(slog.DiscardHandler))
		dial := m.Dialer(func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		})
		started := time.Now()
		_, err := dial(t.Context(), "tcp", "node:6379")
		if took := time.Since(started); took != silence || err == nil || m.available("node:6379") {
			t.Errorf("%v after %s", err, took)
		}
	})
}
