package config

import (
	"fmt"
	"log/slog"
)

const masked = "********"

// Secret is a value that must not be printed: every common way of printing it gives a mask.
type Secret string

// Reveal gives the value itself, for the one place that sends it.
func (s Secret) Reveal() string { return string(s) }

// String is the mask.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return masked
}

// Format is the mask whatever the verb: for one that does not fit a string, fmt would print the value itself.
func (s Secret) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, fmt.FormatString(w, 's'), s.String())
}

// GoString is the mask too.
func (s Secret) GoString() string { return s.String() }

// MarshalText is the mask too.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue is the mask too.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
