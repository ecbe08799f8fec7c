package upstream

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const (
	dialTimeout        = 5 * time.Second
	idleTimeout        = 90 * time.Second // Rocket's own is not documented; below common load balancers' is enough
	maxResponseHeader  = 64 << 10
	refreshConnections = time.Minute // after which idle connections are dropped, so that busy ones do not outlive a change in DNS

	maxDrain     = 4 << 10 // of a body that is not read, so that its connection can be used again
	maxDrainTime = 100 * time.Millisecond
)

// TransportOptions configure a Transport.
type TransportOptions struct {
	MaxConcurrent    int
	QueueWait        time.Duration
	Timeout          time.Duration // of a login, and of what callers wait for; a query's deadline is its context's
	MaxResponseBytes int64
	CAFile           string
	Now              func() time.Time
	Log              *slog.Logger
	Wrap             func(http.RoundTripper) http.RoundTripper // around every request, whose Pattern has no ids; may be nil
	Metrics          prometheus.Registerer                     // may be nil
}

// Transport is what all service accounts of a process share on the way to Rocket: connections, the bulkhead, the memory budget of large
// responses, the retry budget, and the circuit breakers of the hosts. It is safe for concurrent use.
type Transport struct {
	TransportOptions
	transport *http.Transport
	wrapped   http.RoundTripper // the same within Wrap; no http.Client: that follows redirects, or fails on their targets
	bulkhead  *bulkhead
	memory    *memoryBudget
	metrics   *metrics
	retries   *retries

	mu       sync.Mutex
	breakers map[string]*breaker // guarded by mu: by host; as many as the accounts name

	refreshed atomic.Int64 // Unix time in nanoseconds, see refreshConnections
}

// NewTransport returns a Transport that sends nothing before the first request. The error names ROCKET_CA_FILE.
func NewTransport(o TransportOptions) (*Transport, error) {
	roots, err := roots(o.CAFile)
	if err != nil {
		return nil, err
	}
	t := &Transport{
		TransportOptions: o, transport: newHTTPTransport(o.MaxConcurrent, roots), bulkhead: newBulkhead(o.MaxConcurrent, o.QueueWait),
		memory: newMemoryBudget(o.MaxResponseBytes), breakers: map[string]*breaker{},
	}
	t.metrics = newMetrics(o.Metrics, t.bulkhead)
	t.retries = newRetries(t.metrics.retries)
	if t.wrapped = http.RoundTripper(t.transport); o.Wrap != nil {
		t.wrapped = o.Wrap(t.transport)
	}
	return t, nil
}

// newHTTPTransport keeps as many connections as there may be requests in flight, and one for a login.
func newHTTPTransport(concurrent int, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    concurrent + 1,
		MaxConnsPerHost:        concurrent + 1,
		IdleConnTimeout:        idleTimeout,
		TLSHandshakeTimeout:    dialTimeout,
		MaxResponseHeaderBytes: maxResponseHeader,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
	}
}

// roots returns the system's certificates with those of the file, nil without a file: the system's.
func roots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file) //nolint:gosec // the operator names the file
	if err != nil {
		return nil, errors.New("ROCKET_CA_FILE: cannot be read: " + err.Error())
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New("ROCKET_CA_FILE: holds no PEM certificate")
	}
	return pool, nil
}

// breaker returns the circuit breaker of a host.
func (t *Transport) breaker(host string) *breaker {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.breakers[host] == nil {
		t.breakers[host] = newBreaker(t.Timeout, t.Now, t.Log.With("host", host))
	}
	return t.breakers[host]
}

// send sends a request and records the outcome in the breaker of its host: that of a response with the end of its body.
func (t *Transport) send(req *http.Request) (*http.Response, error) {
	if now, last := t.Now().UnixNano(), t.refreshed.Load(); now-last >= int64(refreshConnections) && t.refreshed.CompareAndSwap(last, now) {
		t.transport.CloseIdleConnections()
	}
	req.Header.Set("Accept-Encoding", gzipCoding) // net/http would decode the body itself, and not tell invalid gzip from a broken connection
	a := t.breaker(req.URL.Host).begin()
	resp, err := t.wrapped.RoundTrip(req)
	if err != nil {
		a.end(err)
		return nil, unreachable(err)
	}
	switch {
	case resp.StatusCode >= http.StatusInternalServerError:
		a.end(errFailed)
	case resp.StatusCode == http.StatusTooManyRequests:
		a.end(errLimited)
	}
	body := &observedBody{ReadCloser: resp.Body, attempt: a}
	resp.Body = body
	if strings.EqualFold(resp.Header.Get("Content-Encoding"), gzipCoding) {
		resp.Body = &gzipBody{observedBody: body, untilClose: resp.Close && resp.ContentLength < 0 && resp.TransferEncoding == nil}
		resp.Header.Del("Content-Encoding")
		resp.ContentLength = -1
	}
	return resp, nil
}

// observedBody ends the attempt when the body ends.
type observedBody struct {
	io.ReadCloser
	attempt *attempt
	broken  error // why the body did not arrive whole
}

// Read reads the body.
func (b *observedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if errors.Is(err, io.EOF) {
		b.attempt.end(nil)
	} else if err != nil {
		b.broken = err
		b.attempt.end(err)
	}
	return n, err
}

const gzipCoding = "gzip"

// errNotGzip is the error for a body that arrives but cannot be decoded.
var errNotGzip = errors.New("not valid gzip")

// gzipBody decodes a body.
type gzipBody struct {
	*observedBody
	untilClose bool         // only the end of the connection ends the body: it may have broken
	decoder    *gzip.Reader // nil before the first Read
	err        error        // of the last Read
}

// Read reads the decoded body. The error is errNotGzip, or that of the connection.
func (b *gzipBody) Read(p []byte) (n int, err error) {
	if b.err != nil {
		return 0, b.err
	}
	if b.decoder == nil {
		b.decoder, err = gzip.NewReader(b.observedBody)
	}
	if err == nil {
		n, err = b.decoder.Read(p)
	}
	switch {
	case b.broken != nil && err != nil:
		err = b.broken
	case b.untilClose && errors.Is(err, io.ErrUnexpectedEOF):
	case err != nil && !errors.Is(err, io.EOF):
		err = errNotGzip
	}
	b.err = err
	return n, err
}

// Close closes the body. What was not read was not wanted: the host responded.
func (b *observedBody) Close() error {
	b.attempt.end(nil)
	return b.ReadCloser.Close()
}

// drain reads what little may be left, so that the connection can be used again, and closes the body. It does not wait for
// a body that stalls.
func drain(resp *http.Response) {
	defer time.AfterFunc(maxDrainTime, func() { _ = resp.Body.Close() }).Stop()
	_, _ = io.CopyN(io.Discard, resp.Body, maxDrain)
	_ = resp.Body.Close()
}

// Probe connects to a server as requests do and returns the state of TLS, nil for plain http. The server's response does not matter.
func (t *Transport) Probe(ctx context.Context, u *url.URL) (*tls.ConnectionState, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := t.transport.RoundTrip(req)
	if err != nil {
		return nil, unreachable(err)
	}
	drain(resp)
	return resp.TLS, nil
}

// Proxy returns the proxy between here and a server, or nil. It may hold a password.
func (t *Transport) Proxy(u *url.URL) (*url.URL, error) {
	return t.transport.Proxy(&http.Request{URL: u})
}

// Close drops the idle connections. The clients must be closed before.
func (t *Transport) Close() {
	t.transport.CloseIdleConnections()
}
