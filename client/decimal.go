package client

import (
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

// Decimal is an exact decimal number with the digits that the gateway sent. The zero value is 0.
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

// String returns the digits.
func (d Decimal) String() string {
	if d.text == "" {
		return "0"
	}
	return d.text
}

// Rat returns the number for exact arithmetic. The caller may change it.
func (d Decimal) Rat() *big.Rat {
	r, _ := new(big.Rat).SetString(d.String())
	return r
}

// Float64 returns the nearest float64, for a chart. Do not add amounts as float64.
func (d Decimal) Float64() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// MarshalJSON returns the digits as a JSON number.
func (d Decimal) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalJSON sets d to a JSON number that ParseDecimal accepts.
func (d *Decimal) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil // the convention of encoding/json
	}
	parsed, err := ParseDecimal(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}
