package rocketsim

import "strconv"

// Amount is money or a quantity in billionths, so that sums are exact in whatever order they are made.
type Amount int64

const one Amount = 1e9

// MarshalJSON writes the amount as a JSON number with all its digits and no trailing zero.
func (a Amount) MarshalJSON() ([]byte, error) {
	var b []byte
	if a < 0 {
		b, a = append(b, '-'), -a
	}
	b = strconv.AppendInt(b, int64(a/one), 10)
	fraction := a % one
	if fraction == 0 {
		return b, nil
	}
	b = append(b, '.')
	for digit := one / 10; fraction > 0; digit /= 10 {
		b = append(b, byte('0'+fraction/digit))
		fraction %= digit
	}
	return b, nil
}

// cents rounds down to two digits after the point.
func (a Amount) cents() Amount { return a - a%(one/100) }

// perMille is a share of the amount, rounded down. It divides first, so that even a whole world's costs do not overflow.
func (a Amount) perMille(n int64) Amount { return a/1000*Amount(n) + a%1000*Amount(n)/1000 }
