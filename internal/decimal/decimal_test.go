package decimal_test

import (
	"math/big"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// Each number as whole digits, fraction and power of ten.
func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		"0": "|0", "-0.00": "|0", "0e5": "|0", "0E-999999999999999999999999": "|0", "345.6": "345.6|2", "-345.60e1": "-345.6|3",
		"1200": "12|3", "1200.0": "12|3", "1200.5": "1200.5|3", "0.001": ".1|-3", "0.0120": ".12|-2", "10.50": "10.5|1", "0.1e401": ".1|400",
		"1e400": "1|400", "10e399": "1|400", "1e-400": "1|-400", "9.9E+0399": "9.9|399",
		strings.Repeat("7", 64): strings.Repeat("7", 64) + "|63",
	} {
		n, ok := decimal.Parse([]byte(text))
		if got := spelled(n); !ok || got != want || n.IsZero() != strings.HasPrefix(want, "|") {
			t.Errorf("%s: got %s, %v", text, got, ok)
		}
	}
}

func spelled(n decimal.Number) string {
	text := string(n.Whole)
	if len(n.Fraction) > 0 {
		text += "." + string(n.Fraction)
	}
	if n.Negative {
		text = "-" + text
	}
	return text + "|" + big.NewInt(int64(n.Power)).String()
}

// outOfBounds are values that are no numbers, or too long or too large ones.
var outOfBounds = []string{
	"", "null", "true", `"1"`, "[1]", `{"a":1}`, "1e401", "1.1e400", "0.11e401", "-1.0000001e400", "9e-401", "-9e-401", "0.9e-400",
	"1e99999999999999999999", "1e-99999999999999999999", "1e1000000000", strings.Repeat("1", 65), "0." + strings.Repeat("0", 63),
}

func TestParseOutOfBounds(t *testing.T) {
	for _, text := range outOfBounds {
		if n, ok := decimal.Parse([]byte(text)); ok {
			t.Errorf("%s is the number %s", text, spelled(n))
		}
	}
}

func TestSum(t *testing.T) {
	for _, tt := range []struct{ numbers, want string }{
		{"", "null"},
		{`null "1" 1e401`, "null"},
		{"0", "0"},
		{"-0", "0"},
		{"0e999999999", "0"},
		{"1.50", "1.5"},
		{"-1.50", "-1.5"},
		{"1e3", "1000"},
		{"12e-5", "0.00012"},
		{"-12e-2", "-0.12"},
		{"10", "10"},
		{"0.1 0.2", "0.3"},
		{"1.5 0.5", "2"},
		{"0.5 -0.5", "0"},
		{"1 -1.25", "-0.25"},
		{"5e-1 true 99.5", "100"},
		{"9007199254740993 0.1", "9007199254740993.1"},
		{"123456789012345678901234567890.5 -0.5", "123456789012345678901234567890"},
		{"1000000000000000000000000000000000001 1", "1000000000000000000000000000000000002"},
		{"1e400 1e400", "2" + strings.Repeat("0", 400)},
		{"1e-400", "0." + strings.Repeat("0", 399) + "1"},
		{"1e400 1e-400", "1" + strings.Repeat("0", 400) + "." + strings.Repeat("0", 399) + "1"},
	} {
		var sum decimal.Sum
		for _, number := range strings.Fields(tt.numbers) {
			sum.Add([]byte(number))
		}
		if got := string(sum.AppendJSON([]byte("0.0:"))); got != "0.0:"+tt.want {
			t.Errorf("%s: got %s", tt.numbers, got)
		}
	}
}

func TestSumReset(t *testing.T) {
	var sum decimal.Sum
	sum.Add([]byte("1.25"))
	if sum.Reset(); string(sum.AppendJSON(nil)) != "null" {
		t.Errorf("got %s", sum.AppendJSON(nil))
	}
	if sum.Add([]byte("7")); string(sum.AppendJSON(nil)) != "7" {
		t.Errorf("got %s", sum.AppendJSON(nil))
	}
}

func TestQuoRoundsHalfAwayFromZero(t *testing.T) {
	for _, tt := range []struct{ x, y, want string }{
		{"1", "3", "0.3333"}, {"2", "3", "0.6667"}, {"-2", "3", "-0.6667"}, {"-2", "-3", "-0.6667"}, {"1", "20000", "0.0001"},
		{"-1", "20000", "-0.0001"}, {"1", "20001", "0"}, {"-1", "20001", "0"}, {"0", "5", "0"}, {"3", "1.5", "2"}, {"0.00015", "1", "0.0002"},
		{"1.00005", "1", "1.0001"}, {"1.00004999", "1", "1"}, {"1e400", "1e-400", "1" + strings.Repeat("0", 800)},
	} {
		var x, y, ratio decimal.Decimal
		x.Set(number(t, tt.x))
		y.Set(number(t, tt.y))
		if ratio.Quo(&x, &y, 4); string(ratio.Append(nil)) != tt.want {
			t.Errorf("%s / %s: got %s, want %s", tt.x, tt.y, ratio.Append(nil), tt.want)
		}
	}
}

func number(t interface{ Fatalf(string, ...any) }, text string) decimal.Number {
	n, ok := decimal.Parse([]byte(text))
	if !ok {
		t.Fatalf("%s is no number", text)
	}
	return n
}

var numbers = rapid.StringMatching(`-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?`)

// Sums, differences and ratios are those of math/big.
func TestArithmeticIsExact(t *testing.T) {
	testkit.Check(t, func(t *rapid.T) {
		var sum, some decimal.Sum
		want, wantSome := new(big.Rat), new(big.Rat)
		for i, text := range rapid.SliceOfN(numbers, 1, 6).Draw(t, "numbers") {
			x, _ := new(big.Rat).SetString(text)
			sum.Add([]byte(text))
			if want.Add(want, x); i%2 == 0 {
				some.Add([]byte(text))
				wantSome.Add(wantSome, x)
			}
		}
		same(t, "sum", &sum.Value, plain(want, 500))
		if !some.Value.IsZero() {
			var ratio decimal.Decimal
			ratio.Quo(&sum.Value, &some.Value, 4)
			same(t, "ratio", &ratio, plain(new(big.Rat).Quo(want, new(big.Rat).Abs(wantSome)), 4))
		}
		sum.SubSum(&some)
		same(t, "difference", &sum.Value, plain(want.Sub(want, wantSome), 500))
		sum.AddSum(&some)
		same(t, "sum again", &sum.Value, plain(want.Add(want, wantSome), 500))
	})
}

func same(t *rapid.T, what string, d *decimal.Decimal, want string) {
	if got := string(d.Append(nil)); got != want {
		t.Fatalf("the %s is %s, want %s", what, got, want)
	}
}

// plain returns r with some digits after the decimal point, the last of which is rounded half away from zero, and without zeros at the end.
func plain(r *big.Rat, digits int) string {
	text := strings.TrimRight(strings.TrimRight(r.FloatString(digits), "0"), ".")
	if text == "-0" {
		return "0"
	}
	return text
}

// FuzzParse compares with math/big: what is parsed has the value of the text.
func FuzzParse(f *testing.F) {
	for _, text := range append([]string{"-12.50e-3", "0.00e9", "1E+2"}, outOfBounds...) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if !jsonNumber.MatchString(text) {
			t.Skip("no JSON number: values come from a JSON reader")
		}
		n, ok := decimal.Parse([]byte(text))
		if !ok {
			return
		}
		var d decimal.Decimal
		d.Set(n)
		mantissa, _, _ := strings.Cut(strings.ToLower(text), "e")
		if n.IsZero() {
			text = mantissa // its exponent may be any
		}
		want, _ := new(big.Rat).SetString(text)
		if got, _ := new(big.Rat).SetString(string(d.Append(nil))); got.Cmp(want) != 0 {
			t.Fatalf("%s is %s", text, d.Append(nil))
		}
	})
}

var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
