package telemetry

import (
	"io"
	"log/slog"
)

// NewLogger writes JSON lines, or text for people.
func NewLogger(w io.Writer, level slog.Leveler, text bool) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	if text {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
