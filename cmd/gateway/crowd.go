package main

import (
	"math"
	"net"
	"net/http"
	"sync"
)

// At most so many clients are connected to the API at once: one that is idle costs some 20 KB, more with TLS. Fewer are where
// the process may open few files: some are kept back for Redis, Rocket and the admin port.
const (
	maxConnections = 10_000
	filesKeptBack  = 256
	unlimited      = math.MaxUint64
)

// roomFor is how many may be connected where the process may open so many files.
func roomFor(files uint64) int {
	free := max(files-min(files, filesKeptBack), files/2)
	return int(min(free, maxConnections))
}

// crowd bounds the connections of a server. Who comes when it is full waits in the kernel's queue until another leaves, as all have
// to: limits sees to it.
type crowd struct{ places chan struct{} }

func newCrowd(most int) crowd { return crowd{make(chan struct{}, most)} }

// watch is for http.Server.ConnState, which is called once for each connection that ends.
func (c crowd) watch(_ net.Conn, state http.ConnState) {
	if state == http.StateClosed || state == http.StateHijacked {
		<-c.places
	}
}

// door is where a crowd comes in.
type door struct {
	net.Listener
	crowd

	once sync.Once
	shut chan struct{}
}

func (c crowd) door(l net.Listener) *door {
	return &door{Listener: l, crowd: c, shut: make(chan struct{})}
}

// Accept waits for a place, and for a client.
func (d *door) Accept() (net.Conn, error) {
	select {
	case d.places <- struct{}{}:
	case <-d.shut:
		return nil, net.ErrClosed
	}
	c, err := d.Listener.Accept()
	if err != nil {
		<-d.places
	}
	return c, err
}

// Close lets nobody in any more.
func (d *door) Close() error {
	d.once.Do(func() { close(d.shut) })
	return d.Listener.Close()
}
