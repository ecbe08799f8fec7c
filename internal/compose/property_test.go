package compose_test

import (
	"bytes"
	"context"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var (
	ids     = rapid.SampledFrom([]string{"", "null", `"a"`, `"\u0061"`, `"b"`, `""`, "1", `"1"`, "-1", `"é"`, `[]`})
	kinds   = rapid.SampledFrom([]string{"", "null", `"customers"`, `"\u0063ustomers"`, `"subscriptions"`, "7"})
	numbers = rapid.OneOf(
		rapid.SampledFrom([]string{
			"", "null", `"1"`, "0", "-0", "0e99999", "1e400", "-1e400", "1e-400", "1e401", "1.50", "1e3", strings.Repeat("9", 64),
		}),
		rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,10})?([eE][+-]?[0-9]{1,3})?`),
	)
	names = rapid.SampledFrom([]string{"", "null", `"x"`, `{ "y" : 1}`})
)

// list draws a list of usage rows. A member is now and then missing, or there twice.
func list(t *rapid.T) string {
	var all []string
	for range rapid.IntRange(0, 6).Draw(t, "rows") {
		var members []string
		add := func(name string, values *rapid.Generator[string]) {
			if value := values.Draw(t, name); value != "" {
				members = append(members, `"`+name+`":`+value)
			}
		}
		add("id", ids)
		add("resource_type", kinds)
		for _, name := range []string{"actual", "last", "forecast"} {
			add(name, numbers)
		}
		add("name", names)
		if rapid.IntRange(0, 9).Draw(t, "twice") == 0 {
			add("actual", numbers)
			add("id", ids)
		}
		all = append(all, "{"+strings.Join(members, ",")+"}")
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestTrendIsThatOfTheOracle(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		isComparable := rapid.Bool().Draw(rt, "comparable")
		var bodies []string
		var months [][]row
		for range rapid.IntRange(1, 4).Draw(rt, "months") {
			bodies = append(bodies, list(rt))
			rows, _ := decoded([]byte(bodies[len(bodies)-1]))
			months = append(months, rows)
		}
		rows, body := trend(t, isComparable, bodies...)
		wantRows, wantTotal := wantTrend(months, isComparable)
		if rows != wantRows || !strings.HasSuffix(body, `,"total":`+wantTotal+"}") {
			rt.Fatalf("got  %s\nwant %s\ngot  %s\nwant %s", rows, wantRows, body, wantTotal)
		}
	})
}

func TestTopIsThatOfTheOracle(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		chosen, rest := list(rt), list(rt)
		all := strings.Replace(chosen[:len(chosen)-1]+","+rest[1:], "[,", "[", 1)
		all = strings.Replace(all, ",]", "]", 1)
		got, err := compose.Top([]byte(all), []byte(chosen), "")
		if err != nil {
			rt.Fatal(err)
		}
		some, _ := decoded([]byte(rest))
		total, _ := decoded([]byte(all))
		if want := `{"rows":` + chosen + `,"others":` + wantSums(some) + `,"total":` + wantSums(total) + "}"; string(got) != want {
			rt.Fatalf("got  %s\nwant %s", got, want)
		}
	})
}

// halfPair finds escapes of which encoding/json takes every half of a pair for the same text.
var halfPair = regexp.MustCompile(`\\u[dD][89a-fA-F]`)

// FuzzBodies takes any two bodies as months: they are refused, or the trend and the top of their rows are those of the oracle.
func FuzzBodies(f *testing.F) {
	f.Add([]byte(`[{"id":"a","name":"x","actual":1.50},{"id":"\u0061","actual":1e400}]`), []byte(`[{"id":"a","actual":-1e-400,"last":2}]`))
	f.Add([]byte(`[{"id":1,"actual":0e999},{"id":"1","id":2},null,[],7,"x"]`), []byte(" [ ] "))
	f.Add([]byte(`[{"id":"\ud800"},{"id":"`+"\xff"+`"}]`), []byte(`{"id":1}`))
	f.Fuzz(func(t *testing.T, before, last []byte) {
		a, isList := decoded(before)
		b, isListToo := decoded(last)
		got, err := compose.NewTrend(context.Background(), []compose.Month{{Body: before}, {Body: last}}, true)
		if (err == nil) != (isList && isListToo) {
			t.Fatalf("%q, %q: %v", before, last, err)
		}
		if top, err := compose.Top(before, []byte("[]"), ""); (err == nil) != isList ||
			isList && string(top) != `{"rows":[],"others":`+wantSums(a)+`,"total":`+wantSums(a)+"}" {
			t.Fatalf("%q: %s, %v", before, top, err)
		}
		if err != nil {
			return
		}
		body, tagged := got.Body("", got.Rows())
		if !json.Valid(body) || !json.Valid(tagged) {
			t.Fatalf("%q, %q: got %q", before, last, body)
		}
		rows, total := wantTrend([][]row{a, b}, true)
		if !bytes.HasSuffix(body, []byte(`],"total":`+total+"}")) {
			t.Fatalf("%q, %q: got %q, want the total %s", before, last, body, total)
		}
		for _, input := range [][]byte{before, last} {
			if halfPair.Match(input) || !utf8.Valid(input) {
				t.Skip("encoding/json does not tell such texts apart")
			}
		}
		if string(got.Rows()) != rows {
			t.Fatalf("%q, %q:\n got %s\nwant %s", before, last, got.Rows(), rows)
		}
	})
}
