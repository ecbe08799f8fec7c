package secret

import (
	"fmt"
	"log/slog"
)

const masked = "********"

// Value is a text that must not be printed: every common way of printing it gives a mask.
type Value string

// Reveal gives the text itself, for the one place that sends it.
func (v Value) Reveal() string { return string(v) }

// String is the mask.
func (v Value) String() string {
	if v == "" {
		return ""
	}
	return masked
}

// Format is the mask whatever the verb: for one that does not fit a string, fmt would print the text itself.
func (v Value) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, fmt.FormatString(w, 's'), v.String())
}

// GoString is the mask too.
func (v Value) GoString() string { return v.String() }

// MarshalText is the mask too.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue is the mask too.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }
