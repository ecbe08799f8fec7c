// Package decimal reads the numbers of JSON bodies and computes with them exactly.
//
// Every number is bounded before anything is computed with it: a few bytes such as 1e1000000000 stand for a number that fills the
// memory. The bounds are those of the contract. It imports no package of ours.
package decimal

import (
	"bytes"
	"strconv"
)

// MaxPower is the largest power of ten: a number beyond 10^±MaxPower is no value.
const MaxPower = 400

const maxLength = 64 // characters; a longer number is no value

// Number is a JSON number within the bounds.
type Number struct {
	Negative bool
	// Whole and Fraction are the digits before and after the decimal point. Together they neither begin nor end with a zero, and zero
	// has none. They are parts of the input.
	Whole, Fraction []byte
	Power           int // of ten, of the first digit: 2 for 345.6e0
}

// Parse returns the number that a JSON value is, and reports whether it is one within the bounds. Zero is, whatever its exponent.
func Parse(value []byte) (n Number, ok bool) {
	if len(value) == 0 || len(value) > maxLength || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return Number{}, false
	}
	mantissa, exponent := value, []byte("0")
	if e := max(bytes.IndexByte(value, 'e'), bytes.IndexByte(value, 'E')); e >= 0 { // a number has one of them at most
		mantissa, exponent = value[:e], value[e+1:]
	}
	mantissa, n.Negative = bytes.CutPrefix(mantissa, []byte("-"))
	if n.setDigits(mantissa); n.IsZero() {
		return Number{}, true
	}
	e, err := strconv.Atoi(string(exponent))
	if err != nil || e < -MaxPower-maxLength || e > MaxPower+maxLength {
		return Number{}, false
	}
	n.Power += e
	return n, n.withinBounds()
}

// ParseSum returns the number that Sum.AppendJSON has written, and reports whether it is one. It may be longer than those of bodies.
func ParseSum(text []byte) (n Number, ok bool) {
	if len(text) == 0 || text[0] == 'n' {
		return Number{}, false
	}
	digits, negative := bytes.CutPrefix(text, []byte("-"))
	n.setDigits(digits)
	n.Negative = negative
	return n, true
}

// setDigits sets the digits, and the power of ten that the first one has without an exponent.
func (n *Number) setDigits(mantissa []byte) {
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	whole, fraction = bytes.TrimLeft(whole, "0"), bytes.TrimRight(fraction, "0")
	n.Power = len(whole) - 1
	switch {
	case len(fraction) == 0:
		whole = bytes.TrimRight(whole, "0")
	case len(whole) == 0:
		n.Power -= len(fraction)
		fraction = bytes.TrimLeft(fraction, "0")
		n.Power += len(fraction)
	}
	n.Whole, n.Fraction = whole, fraction
}

func (n *Number) withinBounds() bool {
	if n.Power == MaxPower {
		return n.digits() == 1 && (string(n.Whole) == "1" || string(n.Fraction) == "1")
	}
	return -MaxPower <= n.Power && n.Power < MaxPower
}

// IsZero reports whether the number is zero.
func (n *Number) IsZero() bool { return n.digits() == 0 }

func (n *Number) digits() int { return len(n.Whole) + len(n.Fraction) }
