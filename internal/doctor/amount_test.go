package doctor

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func read(t *testing.T, text string) (a amount) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &a); err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAmountsCompareExactly(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"1", "1.000", 0},
		{"1e2", "100", 0},
		{"0.1", "0.10000000000001", -1},
		{"123456789.12345", "123456789.12346", -1},
		{"-1", "-2", 1},
		{"0e999999999", "0", 0},
		{"1620.8050073074419", "1620.8050073074421", 0}, // floating point numbers, which differ in the last digit
		{"1620.8050073074419", "1620.8050083", -1},
		{"1141.067082266125", "1141.067082266126", 0},
		{"null", "0", -1},
		{`"1"`, "null", 0},
	} {
		if got := read(t, tt.a).compare(read(t, tt.b)); got != tt.want {
			t.Errorf("%s and %s: %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := read(t, tt.b).compare(read(t, tt.a)); got != -tt.want {
			t.Errorf("%s and %s: %d, want %d", tt.b, tt.a, got, -tt.want)
		}
	}
}

// What is no number, or one that costs too much to compute with, is none.
func TestAmountsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"null", `"12"`, "true", "{}", "[1]", "1e1000000000", "1e400", strings.Repeat("1", 65)} {
		if a := read(t, text); a.value != nil || a.sign() != 0 {
			t.Errorf("%s is %v", text, a.value)
		}
	}
	if a := read(t, "1e-1000000000"); a.value == nil || a.sign() != 0 {
		t.Errorf("a very small number is %v, want 0", a.value)
	}
}

func TestThan(t *testing.T) {
	t.Parallel()
	for _, tt := range [][3]string{
		{"110", "100", "10 % higher"}, {"0", "5", "100 % lower"}, {"1000000.01", "1000000", "1e-06 % higher"}, {"1", "0", "different"},
	} {
		if got := read(t, tt[0]).than(read(t, tt[1])); got != tt[2] {
			t.Errorf("%s is %s than %s, want %s", tt[0], got, tt[1], tt[2])
		}
	}
}

func TestTotalOf(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		endpoint   *query.Endpoint
		body, want string
	}{
		{query.Usages, `[{"id":"a","actual":0.1},{"id":"b","actual":0.2},{"id":"c"}]`, "0.3"},
		{query.Usages, `[]`, "null"},
		{query.Indicators, `{"actual":3,"last":2}`, "3"},
		{query.ByDay, `[{"label":"x","value":1},{"label":"y","value":-3}]`, "-2"},
		{query.ByTag, `{"name":"tags","value":5,"children":[{"name":"a","value":5},{"name":"b","value":5}]}`, "5"},
		{query.ByCategory, `{"name":"all","children":[{"name":"a","value":1},{"name":"b","children":[{"name":"c","value":2}]}]}`, "3"},
	} {
		got, err := totalOf(tt.endpoint, []byte(tt.body), nil)
		if err != nil || got.compare(read(t, tt.want)) != 0 || (got.value == nil) != (tt.want == "null") {
			t.Errorf("%s %s: %v, %v, want %s", tt.endpoint.Name, tt.body, got.value, err, tt.want)
		}
	}
}
