package doctor

import (
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	maxNumber    = 64    // characters; longer ones count as none
	exactDigits  = 15    // of a decimal number that a float64 keeps
	floatingPart = 1e-11 // of a sum of float64 that their order may change
)

// amount is a number of Rocket's, or the sum of some, exactly. The zero value is no number.
type amount struct {
	value    *big.Rat
	floating bool // a number has more digits than a float64 keeps, as on the vendor's page: Rocket has rounded it
}

// UnmarshalJSON reads a number; whatever else Rocket sends is no amount.
func (a *amount) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64) // bounds the exponent
	if err != nil || len(text) > maxNumber || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil //nolint:nilerr // it is not a number
	}
	if a.value = new(big.Rat); f != 0 {
		a.value.SetString(string(text))
	}
	a.floating = digits(string(text)) > exactDigits
	return nil
}

// digits counts the significant digits of a JSON number.
func digits(number string) int {
	mantissa, _, _ := strings.Cut(strings.ToLower(strings.TrimPrefix(number, "-")), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return len(strings.TrimLeft(whole+strings.TrimRight(fraction, "0"), "0"))
}

func (a *amount) add(b amount) {
	if b.value == nil {
		return
	}
	if a.value == nil {
		a.value = new(big.Rat)
	}
	a.value.Add(a.value, b.value)
	a.floating = a.floating || b.floating
}

// sign returns -1, 0 or 1; 0 without a number.
func (a amount) sign() int {
	if a.value == nil {
		return 0
	}
	return a.value.Sign()
}

// equals reports whether two amounts are equal: exactly, or but for their last digits if Rocket adds up floating point numbers.
func (a amount) equals(b amount) bool { return a.compare(b) == 0 }

// exceeds reports whether a is more than b.
func (a amount) exceeds(b amount) bool { return a.compare(b) > 0 }

// compare returns -1, 0 or 1. No number is less than any.
func (a amount) compare(b amount) int {
	switch {
	case a.value == nil && b.value == nil:
		return 0
	case a.value == nil:
		return -1
	case b.value == nil:
		return 1
	}
	if a.floating || b.floating {
		x, _ := a.value.Float64()
		y, _ := b.value.Float64()
		if math.Abs(x-y) <= floatingPart*max(math.Abs(x), math.Abs(y)) {
			return 0
		}
	}
	return a.value.Cmp(b.value)
}

// than describes how a differs from b in percent, which reveals no amount.
func (a amount) than(b amount) string {
	if b.sign() <= 0 || a.value == nil {
		return "different"
	}
	difference := new(big.Rat).Quo(a.value, b.value)
	percent, _ := difference.Sub(difference, big.NewRat(1, 1)).Float64()
	word := "higher"
	if percent < 0 {
		word = "lower"
	}
	return strconv.FormatFloat(100*math.Abs(percent), 'g', 3, 64) + " % " + word
}

// tree is a response of by-category or by-tag.
type tree struct {
	Value    amount
	Children []tree
}

// total returns the amount of a node, or the sum of its children.
func (t tree) total() (sum amount) {
	if t.Value.value != nil {
		return t.Value
	}
	for _, child := range t.Children {
		sum.add(child.total())
	}
	return sum
}

// totalOf returns the actual costs in a response, which must not be that of a picker.
func totalOf(e *query.Endpoint, body []byte, err error) (sum amount, _ error) {
	switch e {
	case query.Indicators:
		total, err := decode[struct{ Actual amount }](body, err)
		return total.Actual, err
	case query.ByCategory, query.ByTag:
		root, err := decode[tree](body, err)
		return root.total(), err
	}
	rows, err := decode[[]struct{ Actual, Value amount }](body, err)
	for _, row := range rows {
		sum.add(row.Actual) // of usages
		sum.add(row.Value)  // of a breakdown
	}
	return sum, err
}
