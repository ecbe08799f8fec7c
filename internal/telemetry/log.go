package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/lmittmann/tint"
)

// Format is the format of log lines.
type Format int

// The formats.
const (
	JSON     Format = iota
	Text            // as key=value
	Coloured        // for a terminal
)

// NewLogger returns a logger that writes one line for each message of the level or above.
func NewLogger(w io.Writer, level slog.Leveler, format Format) *slog.Logger {
	l := &lines{out: w}
	h := handler{lines: l}
	switch format {
	case Text:
		h.Handler = slog.NewTextHandler(l, &slog.HandlerOptions{Level: level})
	case Coloured:
		h.Handler = tint.NewTextHandler(l, &tint.Options{Level: level, TimeFormat: time.TimeOnly, ReplaceAttr: escape})
	default:
		h.Handler = slog.NewJSONHandler(l, &slog.HandlerOptions{Level: level})
	}
	return slog.New(h)
}

// escape replaces terminal escapes, which tint passes through: a value may come from a caller.
func escape(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindString && a.Value.Kind() != slog.KindAny {
		return a
	}
	if text := a.Value.String(); strings.Contains(text, "\x1b") {
		a.Value = slog.StringValue(strings.ReplaceAll(text, "\x1b", "␛"))
	}
	return a
}

// Always returns a logger that writes to the same log at every level, for lines that are records: audit, purges, reloads.
func Always(log *slog.Logger) *slog.Logger { return slog.New(always{log.Handler()}) }

type always struct{ slog.Handler }

// Enabled reports true at every level. No other method of a Handler checks the level.
func (always) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs returns a handler that is enabled at every level too.
func (a always) WithAttrs(attributes []slog.Attr) slog.Handler {
	return always{a.Handler.WithAttrs(attributes)}
}

// WithGroup returns a handler that is enabled at every level too.
func (a always) WithGroup(name string) slog.Handler { return always{a.Handler.WithGroup(name)} }
