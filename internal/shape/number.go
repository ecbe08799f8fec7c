package shape

import (
	"bytes"
	"encoding/binary"
	"strconv"
)

const (
	maxNumber   = 64  // characters; a longer number is no value
	maxExponent = 400 // of ten; a number beyond 10^±400 is no value
)

// numberKey returns bytes that sort as the exact value of a JSON number, or nil if the value is no number within the limits. Nothing
// is computed with the number: its digits are compared without the zeros at both ends, after its sign and its power of ten.
func numberKey(value []byte) []byte {
	if len(value) == 0 || len(value) > maxNumber || value[0] != '-' && (value[0] < '0' || value[0] > '9') {
		return nil
	}
	text, negative := bytes.CutPrefix(value, []byte("-"))
	digits, power, ok := parts(text)
	switch {
	case !ok:
		return nil
	case len(digits) == 0:
		return []byte{1} // zero, between the negative and the positive numbers
	}
	key := binary.BigEndian.AppendUint16([]byte{2}, uint16(power+maxExponent)) //nolint:gosec // at most 800
	key = append(key, digits...)
	if negative { // the larger, the earlier
		for i := range key {
			key[i] = ^key[i]
		}
		key[0] = 0
		key = append(key, 0xff) // a number with more digits is earlier
	}
	return key
}

// parts returns the significant digits of a number without its sign, and the power of ten of the first one. ok is false beyond the
// limits. Zero has no digits.
func parts(text []byte) (digits []byte, power int, ok bool) {
	mantissa, exponent := text, "0"
	if e := bytes.IndexAny(text, "eE"); e >= 0 {
		mantissa, exponent = text[:e], string(text[e+1:])
	}
	whole, fraction, _ := bytes.Cut(mantissa, []byte("."))
	all := append(append(make([]byte, 0, maxNumber), whole...), fraction...)
	significant := bytes.TrimLeft(all, "0")
	power = len(whole) - 1 - (len(all) - len(significant))
	if digits = bytes.TrimRight(significant, "0"); len(digits) == 0 {
		return nil, 0, true
	}
	e, err := strconv.Atoi(exponent)
	if err != nil || e < -maxExponent-maxNumber || e > maxExponent+maxNumber {
		return nil, 0, false
	}
	power += e
	beyond := power > maxExponent || power < -maxExponent || power == maxExponent && string(digits) != "1"
	return digits, power, !beyond
}
