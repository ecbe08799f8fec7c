package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
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

// serveOrigin serves a Rocket that sends every query the same body, also for a GET, which the other caches forward.
func serveOrigin(body []byte) (url string, stop func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/auth/login") {
			fmt.Fprintf(w, `{"token":"t","expiresAt":%d}`, time.Now().Add(time.Hour).Unix())
			return
		}
		send(w, body)
	})}
	go func() { _ = s.Serve(listener) }()
	return "http://" + listener.Addr().String(), func() { _ = s.Close() }, nil
}

func send(w http.ResponseWriter, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=3600")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body)
}

// The bare handler runs in a process of its own, this command again, so that its processor time can be measured.
func init() {
	address, origin := os.Getenv("BENCH_BARE"), os.Getenv("BENCH_ORIGIN")
	if address == "" {
		return
	}
	resp, err := http.Get(origin) //nolint:gosec // our own origin
	if err != nil {
		os.Exit(1)
	}
	var content bytes.Buffer
	_, _ = content.ReadFrom(resp.Body)
	_ = resp.Body.Close()
	s := &http.Server{Addr: address, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		send(w, content.Bytes())
	})}
	_ = s.ListenAndServe()
	os.Exit(0)
}
