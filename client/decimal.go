package client

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// A few bytes such as 1e1000000000 stand for a number that fills the memory. The gateway's own sums have at most some 800 digits.
const (
	maxLength   = 1000 // characters
	maxExponent = 1000
)

// Decimal is an exact decimal number with the digits that the gateway sent, or no number: the zero value, which counts as 0.
//
// An amount is no number if the member is absent, null or any other JSON value, since the gateway does not check Rocket's values. It is
// none either if ParseDecimal refuses it. The gateway's own sums leave out such amounts.
//
// The operator == compares digits: 1.0 and 1.00 differ. Rat compares numbers.
type Decimal struct{ text string }

// ParseDecimal returns the number that a text in the form of JSON stands for, such as "-12.50" or "1e3". Any other text is an error, as is
// a number of more than 1,000 characters or with an exponent beyond ±1,000.
func ParseDecimal(text string) (Decimal, error) {
	var number json.Number
	if len(text) > maxLength || json.Unmarshal([]byte(text), &number) != nil || number.String() != text {
		return Decimal{}, fmt.Errorf("client: %.40q is not a decimal number", text)
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(text[i+1:]); err != nil || exponent < -maxExponent || exponent > maxExponent {
			return Decimal{}, fmt.Errorf("client: the exponent of %.40q is too large", text)
		}
	}
	return Decimal{text}, nil
}

// IsNumber reports whether d is a number.
func (d Decimal) IsNumber() bool { return d.text != "" }

// String returns the digits, or null.
func (d Decimal) String() string { return cmp.Or(d.text, "null") }

// Rat returns the number for exact arithmetic, 0 if d is none. The caller may change it.
func (d Decimal) Rat() *big.Rat {
	r, _ := new(big.Rat).SetString(cmp.Or(d.text, "0"))
	return r
}

// Float64 returns the nearest float64, for a chart, and 0 if d is no number. Do not add amounts as float64.
func (d Decimal) Float64() float64 {
	f, _ := strconv.ParseFloat(cmp.Or(d.text, "0"), 64)
	return f
}

// MarshalJSON returns the digits as a JSON number, or null.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON sets d to a JSON number, and to no number for any other value. It returns no error.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	*d, _ = ParseDecimal(string(text))
	return nil
}

// MarshalText returns the digits, or no text, for XML and the like.
func (d Decimal) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText sets d to a number that ParseDecimal accepts, and to no number for no text.
func (d *Decimal) UnmarshalText(text []byte) (err error) {
	*d = Decimal{}
	if len(text) > 0 {
		*d, err = ParseDecimal(string(text))
	}
	return err
}
