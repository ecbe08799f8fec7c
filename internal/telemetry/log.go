package telemetry

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/lmittmann/tint"
)

// Format is how lines look.
type Format int

// The formats that there are.
const (
	JSON     Format = iota
	Text            // as key=value
	Coloured        // for a terminal
)

// NewLogger writes lines of the level and above, one for each message.
func NewLogger(w io.Writer, level slog.Leveler, format Format) *slog.Logger {
	switch format {
	case Text:
		return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
	case Coloured:
		return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, ReplaceAttr: tame}))
	default:
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
}

// tame draws the escapes that tint lets through: a value may come from a caller or from Rocket.
func tame(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindString && a.Value.Kind() != slog.KindAny {
		return a
	}
	if text := a.Value.String(); strings.Contains(text, "\x1b") {
		a.Value = slog.StringValue(strings.ReplaceAll(text, "\x1b", "␛"))
	}
	return a
}

// Always writes to the same log whatever its level, for lines that are records rather than news.
func Always(log *slog.Logger) *slog.Logger { return slog.New(always{log.Handler()}) }

type always struct{ slog.Handler }

// Enabled is the level's gate; no Handler looks at the level behind it.
func (always) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs keeps the gate open.
func (a always) WithAttrs(attributes []slog.Attr) slog.Handler {
	return always{a.Handler.WithAttrs(attributes)}
}

// WithGroup keeps the gate open.
func (a always) WithGroup(name string) slog.Handler { return always{a.Handler.WithGroup(name)} }
