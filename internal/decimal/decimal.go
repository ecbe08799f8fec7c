package decimal

import (
	"bytes"
	"math/big"
	"slices"
	"sync"
)

// Decimal is an exact decimal number; the zero value is 0. It is not safe for concurrent use, not even as an operand, and must not be
// copied.
type Decimal struct {
	coefficient big.Int
	scale       int // digits after the decimal point, never negative: the number is coefficient / 10^scale
}

// powers returns the powers of ten that numbers within the bounds need: the exponents of their last digits.
var powers = sync.OnceValue(func() []big.Int {
	all := make([]big.Int, MaxPower+maxLength+1)
	all[0].SetInt64(1)
	for i := range all[1:] {
		all[i+1].Mul(&all[i], big.NewInt(10))
	}
	return all
})

// Set sets d to a number.
func (d *Decimal) Set(n Number) {
	var buffer [maxLength]byte
	digits := append(append(buffer[:0], n.Whole...), n.Fraction...)
	d.setDigits(digits)
	exponent := n.Power + 1 - len(digits) // of the last digit
	if d.scale = max(0, -exponent); exponent > 0 {
		d.shift(exponent)
	}
	if n.Negative {
		d.coefficient.Neg(&d.coefficient)
	}
}

// setDigits sets the coefficient, by as many digits at once as fit into a word.
func (d *Decimal) setDigits(digits []byte) {
	const perWord = 18
	next := min(perWord, len(digits))
	d.coefficient.SetInt64(integer(digits[:next]))
	for digits = digits[next:]; len(digits) > 0; digits = digits[next:] {
		next = min(perWord, len(digits))
		d.shift(next)
		d.coefficient.Add(&d.coefficient, big.NewInt(integer(digits[:next])))
	}
}

func integer(digits []byte) (n int64) {
	for _, c := range digits {
		n = n*10 + int64(c-'0')
	}
	return n
}

// shift multiplies the coefficient by a power of ten.
func (d *Decimal) shift(power int) { d.coefficient.Mul(&d.coefficient, &powers()[power]) }

// align gives x and y one scale. Their values stay.
func align(x, y *Decimal) {
	if x.scale > y.scale {
		x, y = y, x
	}
	if x.scale < y.scale {
		x.shift(y.scale - x.scale)
		x.scale = y.scale
	}
}

// Add sets d to x + y.
func (d *Decimal) Add(x, y *Decimal) {
	align(x, y)
	d.coefficient.Add(&x.coefficient, &y.coefficient)
	d.scale = x.scale
}

// Sub sets d to x - y.
func (d *Decimal) Sub(x, y *Decimal) {
	align(x, y)
	d.coefficient.Sub(&x.coefficient, &y.coefficient)
	d.scale = x.scale
}

// Quo sets d to x / |y|, rounded half away from zero to a number of digits after the decimal point. y must not be zero.
func (d *Decimal) Quo(x, y *Decimal, digits int) {
	align(x, y)
	var half, divisor big.Int
	half.Abs(&y.coefficient)
	divisor.Lsh(&half, 1)
	negative := x.coefficient.Sign() < 0
	d.coefficient.Abs(&x.coefficient) // (2|x| + |y|) / 2|y|, without its fraction, is |x/y| rounded
	d.shift(digits)
	d.coefficient.Lsh(&d.coefficient, 1)
	d.coefficient.Add(&d.coefficient, &half)
	d.coefficient.Quo(&d.coefficient, &divisor)
	if d.scale = digits; negative {
		d.coefficient.Neg(&d.coefficient)
	}
}

// IsZero reports whether d is zero.
func (d *Decimal) IsZero() bool { return d.coefficient.Sign() == 0 }

// Append appends d in plain digits: no exponent, no zeros at the end of a fraction, no -0.
func (d *Decimal) Append(text []byte) []byte {
	start := len(text)
	text = d.coefficient.Append(text, 10)
	if d.scale == 0 {
		return text
	}
	if d.coefficient.Sign() < 0 {
		start++
	}
	if missing := d.scale + 1 - (len(text) - start); missing > 0 {
		text = slices.Insert(text, start, bytes.Repeat([]byte("0"), missing)...)
	}
	text = slices.Insert(text, len(text)-d.scale, '.')
	return bytes.TrimRight(bytes.TrimRight(text, "0"), ".")
}
