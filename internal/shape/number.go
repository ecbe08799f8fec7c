package shape

import (
	"encoding/binary"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
)

// numberKey returns bytes that sort as the exact value of a JSON number, or nil if the value is no number within the limits. Nothing
// is computed with the number: its digits are compared without the zeros at both ends, after its sign and its power of ten.
func numberKey(value []byte) []byte {
	n, ok := decimal.Parse(value)
	return keyOf(n, ok)
}

// sumKey is numberKey for a sum of the gateway's, however long it is.
func sumKey(value []byte) []byte {
	n, ok := decimal.ParseSum(value)
	return keyOf(n, ok)
}

// middle is the power of ten that keys have as zero, beyond that of any number or sum.
const middle = 1 << 12

func keyOf(n decimal.Number, ok bool) []byte {
	switch {
	case !ok:
		return nil
	case n.IsZero():
		return []byte{1} // between the negative and the positive numbers
	}
	key := binary.BigEndian.AppendUint16([]byte{2}, uint16(n.Power+middle)) //nolint:gosec // see middle
	key = append(append(key, n.Whole...), n.Fraction...)
	if n.Negative { // the larger, the earlier
		for i := range key {
			key[i] = ^key[i]
		}
		key[0] = 0
		key = append(key, 0xff) // a number with more digits is earlier
	}
	return key
}
