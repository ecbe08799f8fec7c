package upstream

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// LineOptions are what a Line is made of.
type LineOptions struct {
	MaxConcurrent    int
	QueueWait        time.Duration
	Timeout          time.Duration // of a login, and of what callers wait for; a query's deadline is its context's
	MaxResponseBytes int64
	CAFile           string
	Now              func() time.Time
	Log              *slog.Logger
	Wrap             func(http.RoundTripper) http.RoundTripper // around every request; nil: nothing is

	OnRetry func()              // told of everything that is sent once more, questions and logins; may be nil
	OnShed  func(reason string) // told of every question that was given up here, in one of ShedReasons; may be nil
}

// Line is the way to Rocket that all service accounts of a process share: connections, places among the questions in flight,
// room for large answers, and what is known of the hosts' health.
type Line struct {
	LineOptions
	transport *http.Transport
	wrapped   http.RoundTripper // the same, with what Wrap puts around it
	limiter   *limiter
	room      *room
	retries   *retries

	mu    sync.Mutex
	hosts map[string]*health // guarded by mu; as many as the accounts name

	life    context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup
}

// refreshConnections is how often idle connections are dropped, so that a name that resolves to other addresses is noticed.
const refreshConnections = time.Minute

// NewLine makes a line; nothing is sent before the first question.
func NewLine(o LineOptions) (*Line, error) {
	transport, err := newTransport(o.MaxConcurrent, o.CAFile)
	if err != nil {
		return nil, err
	}
	life, end := context.WithCancel(context.Background())
	l := &Line{
		LineOptions: o, transport: transport, limiter: newLimiter(o.MaxConcurrent, o.QueueWait),
		room: newRoom(o.MaxResponseBytes), retries: newRetries(), hosts: map[string]*health{},
		life: life, end: end,
	}
	if l.wrapped = http.RoundTripper(transport); o.Wrap != nil {
		l.wrapped = o.Wrap(transport)
	}
	l.wrapped = observed{l.wrapped, l.host}
	if o.OnRetry != nil {
		l.retries.tell = o.OnRetry
	}
	l.running.Go(l.refresh)
	return l, nil
}

func (l *Line) refresh() {
	ticker := time.NewTicker(refreshConnections)
	defer ticker.Stop()
	for {
		select {
		case <-l.life.Done():
			return
		case <-ticker.C:
			l.transport.CloseIdleConnections()
		}
	}
}

// host returns the health of a host.
func (l *Line) host(name string) *health {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.hosts[name] == nil {
		l.hosts[name] = newHealth(l.Timeout, l.Now, l.Log.With("host", name))
	}
	return l.hosts[name]
}

// Close drops the idle connections. The clients that use the line must be closed before.
func (l *Line) Close() {
	l.end()
	l.running.Wait()
	l.transport.CloseIdleConnections()
}
