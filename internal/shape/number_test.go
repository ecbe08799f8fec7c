package shape

import (
	"bytes"
	"cmp"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestNumbersInOrder(t *testing.T) {
	ascending := []string{
		"-1e400", "-9.99e399", "-123.5", "-123", "-12.3", "-12", "-1.05", "-1", "-0.1", "-1e-399", "-1e-400",
		"0", "1e-400", "1.0000000000000000000000000000000000000000000000000000001e-400", "0.0000001", "0.1", "1", "1.0000000000000000000000001",
		"9", "10", "10.5", "100", "99999999999999999999", "100000000000000000001", "1e399", "9.9e399", "1e400",
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := bytes.Compare(numberKey([]byte(a)), numberKey([]byte(b))); got != cmp.Compare(i, j) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
		}
	}
}

func TestEqualNumbers(t *testing.T) {
	for _, equal := range [][]string{
		{"0", "-0", "0.00", "0e5", "-0.0E-999999999999999999999999"}, {"1", "1.0", "10e-1", "0.1e1", "1E+0", "0.01e+0002"},
		{"-1.5", "-15e-1", "-1.50"},
	} {
		for _, text := range equal {
			if !bytes.Equal(numberKey([]byte(text)), numberKey([]byte(equal[0]))) {
				t.Errorf("%s is not %s", text, equal[0])
			}
		}
	}
}

func TestNoNumbers(t *testing.T) {
	for _, text := range []string{
		"", "null", "true", `"1"`, "[1]", `{"a":1}`, "1e401", "1.1e400", "-1.0000001e400", "9e-401", "-9e-401", "1e99999999999999999999",
		"1e-99999999999999999999", "1e1000000000", strings.Repeat("1", 65), "0." + strings.Repeat("0", 63),
	} {
		if key := numberKey([]byte(text)); key != nil {
			t.Errorf("%s has the key %x", text, key)
		}
	}
	if numberKey([]byte(strings.Repeat("1", 64))) == nil {
		t.Error("64 digits have no key")
	}
}

// Sums have no bounds: those of many numbers are longer than any of them.
func TestSumsInOrder(t *testing.T) {
	zeros := strings.Repeat("0", 401)
	ascending := []string{
		"-1" + zeros, "-1." + zeros + "1", "-1", "-0." + zeros + "1", "0", "0." + zeros + "1", "0." + zeros + "12", "1", "1." + zeros + "1",
		"9" + zeros, "10" + zeros,
	}
	for i, a := range ascending {
		for j, b := range ascending {
			if got := bytes.Compare(sumKey([]byte(a)), sumKey([]byte(b))); got != cmp.Compare(i, j) {
				t.Errorf("%s and %s compare as %d", a, b, got)
			}
		}
	}
	if sumKey([]byte("null")) != nil || sumKey(nil) != nil {
		t.Error("null has a key")
	}
}

// The keys compare as math/big does.
func TestNumbersCompareExactly(t *testing.T) {
	number := rapid.StringMatching(`-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?`)
	testkit.Check(t, func(t *rapid.T) {
		a, b := number.Draw(t, "a"), number.Draw(t, "b")
		x, _ := new(big.Rat).SetString(a)
		y, _ := new(big.Rat).SetString(b)
		if got := bytes.Compare(numberKey([]byte(a)), numberKey([]byte(b))); got != x.Cmp(y) {
			t.Fatalf("%s and %s compare as %d", a, b, got)
		}
	})
}
