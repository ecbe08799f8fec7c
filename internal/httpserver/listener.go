package httpserver

import (
	"math"
	"net"
	"net/http"
	"sync"
)

// At most so many clients are connected to the API at once: an idle connection costs some 20 KB, more with TLS. If the process may
// open few files, fewer are: some are reserved for Redis, Rocket and the admin listener.
const (
	maxConnections = 10_000
	reservedFiles  = 256
	unlimited      = math.MaxUint64
)

// MaxConnections returns how many connections a listener can accept within the process's limit of open files.
func MaxConnections() int { return maxConnectionsFor(openFiles()) }

func maxConnectionsFor(files uint64) int {
	free := max(files-min(files, reservedFiles), files/2)
	return int(min(free, maxConnections))
}

// limiter bounds the connections of a server; each holds one element of the channel. Further clients wait in the kernel's queue until
// a connection ends, which the server's deadlines guarantee.
type limiter chan struct{}

// connState is for http.Server.ConnState, which is called once for each connection that ends.
func (l limiter) connState(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		<-l
	}
}

// limitedListener accepts a connection once the limiter admits it.
type limitedListener struct {
	net.Listener
	limiter

	once   sync.Once
	closed chan struct{}
}

func (l limiter) listener(inner net.Listener) *limitedListener {
	return &limitedListener{Listener: inner, limiter: l, closed: make(chan struct{})}
}

// Accept waits for the limiter, then for a client.
func (l *limitedListener) Accept() (net.Conn, error) {
	select {
	case l.limiter <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.limiter
	}
	return c, err
}

// Close ends Accept, also while it waits for the limiter.
func (l *limitedListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}
