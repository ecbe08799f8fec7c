package client_test

import (
	"encoding/json"
	"encoding/xml"
	"math/big"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
)

func TestParseDecimal(t *testing.T) {
	for _, text := range []string{"0", "-0", "1", "-12.50", "1e3", "1E-3", "0.1", "1e1000", strings.Repeat("7", 1000)} {
		d, err := client.ParseDecimal(text)
		want, _ := new(big.Rat).SetString(text)
		if err != nil || d.String() != text || d.Rat().Cmp(want) != 0 {
			t.Errorf("%s: got %s, %v", text, d, err)
		}
	}
	for _, text := range []string{
		"", " 1", "1 ", "null", `"1"`, "01", ".5", "1.", "+1", "1,5", "NaN", "Infinity", "0x1", "1/2", "1e", "1e1001", "1e-1001", "1e99999999999999999999",
		strings.Repeat("1", 1001),
	} {
		if d, err := client.ParseDecimal(text); err == nil {
			t.Errorf("%q is %s", text, d)
		}
	}
}

func TestDecimalsKeepTheirDigits(t *testing.T) {
	const text = `{"a":10.50,"b":[1e2,null,-0.000000000000000000001],"c":null}`
	var v struct {
		A client.Decimal   `json:"a"`
		B []client.Decimal `json:"b"`
		C *client.Decimal  `json:"c"`
		E client.Decimal   `json:"e,omitzero"`
	}
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if got, err := json.Marshal(v); err != nil || string(got) != text {
		t.Errorf("got %s, %v", got, err)
	}
}

// The gateway does not check Rocket's values, and its sums leave out what is not a number.
func TestAmountsThatAreNoNumbers(t *testing.T) {
	for _, text := range []string{"null", `"12.5"`, `""`, "true", "{}", `[1]`, "1e1001", strings.Repeat("1", 1001)} {
		d := decimal(t, "1")
		if err := json.Unmarshal([]byte(text), &d); err != nil || d != (client.Decimal{}) {
			t.Errorf("%.20s is %s, %v", text, d, err)
		}
	}
	var d client.Decimal
	if text, err := json.Marshal(d); string(text) != "null" || err != nil {
		t.Errorf("got %s, %v", text, err)
	}
	if d.IsNumber() || d.String() != "null" || d.Rat().Sign() != 0 || d.Float64() != 0 {
		t.Errorf("got %s, %s, %f", d, d.Rat(), d.Float64())
	}
	if !decimal(t, "0").IsNumber() {
		t.Error("0 is no number")
	}
}

func TestDecimalsInXML(t *testing.T) {
	type row struct {
		A, B client.Decimal
	}
	const text = `<row><A>12.50</A><B></B></row>`
	var v row
	if err := xml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	if got, err := xml.Marshal(v); err != nil || string(got) != text || v.A != decimal(t, "12.50") || v.B.IsNumber() {
		t.Errorf("got %s, %v", got, err)
	}
	if err := xml.Unmarshal([]byte(`<row><A>x</A></row>`), &v); err == nil {
		t.Errorf("x is %s", v.A)
	}
}

func decimal(t *testing.T, text string) client.Decimal {
	t.Helper()
	d, err := client.ParseDecimal(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestRatIsTheCallers(t *testing.T) {
	d := decimal(t, "0.1")
	sum := d.Rat()
	sum.Add(sum, d.Rat()).Add(sum, d.Rat())
	if sum.RatString() != "3/10" || d.Rat().RatString() != "1/10" || d.Float64() != 0.1 {
		t.Errorf("got %s, %s", sum, d)
	}
}
