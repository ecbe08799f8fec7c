// Package secret holds passwords and keys between the code that reads them and the code that sends them.
//
// A Value masks itself however it is printed, as long as it is in exported fields: fmt calls no methods of unexported ones. Nor does
// fmt behind a pointer in a struct if the verb does not fit pointers, so a type that is passed by pointer within structs has to
// format itself. The package imports nothing of this module.
package secret

import (
	"fmt"
	"log/slog"
)

const masked = "********"

// Value is a text that must not be printed: every common way to print it yields a mask.
type Value string

// Reveal returns the text itself, for the code that sends it.
func (v Value) Reveal() string { return string(v) }

// String returns the mask, or "" for an empty text.
func (v Value) String() string {
	if v == "" {
		return ""
	}
	return masked
}

// Format prints the mask whatever the verb: for one that does not fit a string, fmt would print the text itself.
func (v Value) Format(w fmt.State, _ rune) {
	_, _ = fmt.Fprintf(w, fmt.FormatString(w, 's'), v.String())
}

// GoString returns the mask.
func (v Value) GoString() string { return v.String() }

// MarshalText returns the mask.
func (v Value) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// LogValue returns the mask.
func (v Value) LogValue() slog.Value { return slog.StringValue(v.String()) }
