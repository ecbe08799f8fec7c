package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// body returns a list of usage rows with a size in bytes.
func body(size int) []byte {
	var b bytes.Buffer
	row := func(n int, name string) {
		fmt.Fprintf(&b, `{"id":"c-%d","parent_id":"r-1","resource_type":"customers","type":"1","name":"%s","last":%d.25,"actual":%d.5,`+
			`"forecast":%d.75,"leaf":false,"extra":{"alias":null}}`, n, name, n*37%9973, n*41%9973, n*43%9973)
	}
	b.WriteString("[")
	n := 0
	for ; b.Len() < size-500; n++ {
		row(n, fmt.Sprintf("Customer %d", n))
		b.WriteString(",")
	}
	begin := b.Len()
	row(n, "")
	missing := size - b.Len() - len("]")
	b.Truncate(begin)
	row(n, strings.Repeat("x", missing))
	b.WriteString("]")
	return b.Bytes()
}

// origin is a Rocket that sends every query the same body, also for a GET, which the other caches forward.
type origin struct {
	url     string
	send    sender
	latency time.Duration
	logins  atomic.Int64
	queries atomic.Int64
}

// origin starts an origin with a body of a size.
func (l *lab) origin(size int, latency time.Duration) (*origin, error) {
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &origin{url: "http://" + listener.Addr().String(), send: newSender(body(size)), latency: latency}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: o}
	go func() { _ = s.Serve(listener) }()
	l.stops = append(l.stops, func() { _ = s.Close() })
	return o, nil
}

// ServeHTTP responds to a login or a query.
func (o *origin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/auth/login") {
		o.logins.Add(1)
		fmt.Fprintf(w, `{"token":"t","expiresAt":%d}`, time.Now().Add(24*time.Hour).Unix())
		return
	}
	o.queries.Add(1)
	time.Sleep(o.latency)
	o.send.serve(w, r)
}

func setHeader(h http.Header, size int) {
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(size))
	if h.Get("ETag") == "" {
		h.Set("Etag", entityTag)
		h.Set("Cache-Control", "max-age=3600")
		h.Set("Vary", "Accept-Encoding")
	}
}
