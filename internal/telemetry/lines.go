package telemetry

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"
)

// Lines of requests are held back for at most so long, and so many bytes of them: one system call writes them all.
const (
	holdTime  = 100 * time.Millisecond
	holdBytes = 64 << 10
)

// lines is a log's writer. Its lines keep their order.
type lines struct {
	mu     sync.Mutex
	out    io.Writer
	held   []byte // guarded by mu
	timed  bool   // guarded by mu: a timer will flush
	closed bool   // guarded by mu: nothing is held any more
}

// Write holds a line, until flush, for holdTime, or until there are holdBytes.
func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.held = append(l.held, p...)
	if l.closed || len(l.held) >= holdBytes {
		return len(p), l.write()
	}
	if !l.timed {
		l.timed = true
		time.AfterFunc(holdTime, l.expire)
	}
	return len(p), nil
}

// expire writes what was held for holdTime.
func (l *lines) expire() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timed = false
	_ = l.write() // as slog, which has nowhere to report it
}

// flush writes what is held.
func (l *lines) flush() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.write()
}

func (l *lines) write() error {
	if len(l.held) == 0 {
		return nil
	}
	_, err := l.out.Write(l.held)
	l.held = l.held[:0]
	return err
}

// close writes what is held, and has every later line written at once.
func (l *lines) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	return l.write()
}

// handler writes records through lines: at once, together with all that are held, unless it holds them.
type handler struct {
	slog.Handler // writes to lines
	lines        *lines
	holds        bool
}

// Handle writes the record.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	err := h.Handler.Handle(ctx, r)
	if !h.holds {
		err = errors.Join(err, h.lines.flush())
	}
	return err
}

// WithAttrs returns a handler that holds records as this one does.
func (h handler) WithAttrs(attributes []slog.Attr) slog.Handler {
	return handler{h.Handler.WithAttrs(attributes), h.lines, h.holds}
}

// WithGroup returns a handler that holds records as this one does.
func (h handler) WithGroup(name string) slog.Handler {
	return handler{h.Handler.WithGroup(name), h.lines, h.holds}
}

// Held returns a logger that writes to the same log, but holds its lines for a moment, so that lines of many requests share one system
// call. A process that is killed loses what it holds. A logger that is not of NewLogger is returned as it is.
func Held(log *slog.Logger) *slog.Logger {
	h, ok := log.Handler().(handler)
	if !ok {
		return log
	}
	h.holds = true
	return slog.New(h)
}

// StopHolding writes what the loggers of Held hold, and has them write every later line at once.
func StopHolding(log *slog.Logger) {
	if h, ok := log.Handler().(handler); ok {
		_ = h.lines.close()
	}
}
