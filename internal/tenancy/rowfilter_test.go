package tenancy_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// filterFor returns the filter that a caller's query needs.
func filterFor(t testing.TB, profiles, target string) tenancy.RowFilter {
	t.Helper()
	_, filter := wantGranted(t, parse(t, claim(query.Azure, strings.Split(profiles, ";")...)), target)
	return filter
}

const c1 = `{"id":"c1","resource_type":"customers"}`

// Usages of customers, for a caller bound to c1, "é/\ and 😀.
var usages = []struct{ name, body, want string }{
	{"none", `[]`, `[]`},
	{"none, spaced", " [ \n] ", " [ \n] "},
	{"all stay, with every byte", "\t[ " + c1 + " ,\r\n" + c1 + " ]\n", "\t[ " + c1 + " ,\r\n" + c1 + " ]\n"},
	{"the first goes", `[{"id":"x9","resource_type":"customers"},` + c1 + `]`, `[` + c1 + `]`},
	{"the last goes", `[` + c1 + ` , {"id":"x9","resource_type":"customers"}] `, `[` + c1 + `]`},
	{"the middle goes", `[` + c1 + `, {"id":"x9","resource_type":"customers"} ,` + c1 + `]`, `[` + c1 + `,` + c1 + `]`},
	{"all go", `[{"id":"x9","resource_type":"customers"}]`, `[]`},
	{
		"kept rows keep their bytes",
		`[{"id":"x9"}, { "name" : "\u0041\/", "n":1.10E+2, "id" : "c1" , "resource_type":"customers","extra":{ "a":[ ] } } ]`,
		`[{ "name" : "\u0041\/", "n":1.10E+2, "id" : "c1" , "resource_type":"customers","extra":{ "a":[ ] } }]`,
	},
	{
		"escapes", `[{"\u0069d":"\u0063\u0031","resource_typ\u0065":"\u0063ustomers"},1]`,
		`[{"\u0069d":"\u0063\u0031","resource_typ\u0065":"\u0063ustomers"}]`,
	},
	{"every escape", `[{"id":"\"\u00e9\/\\","resource_type":"customers"},1]`, `[{"id":"\"\u00e9\/\\","resource_type":"customers"}]`},
	{"surrogates", `[{"id":"\uD83D\uDe00","resource_type":"customers"},1]`, `[{"id":"\uD83D\uDe00","resource_type":"customers"}]`},
	{"plain text for surrogates", `[{"id":"😀","resource_type":"customers"},1]`, `[{"id":"😀","resource_type":"customers"}]`},

	{"another type", `[{"id":"c1","resource_type":"resellers"}]`, `[]`},
	{"type in capitals", `[{"id":"c1","resource_type":"Customers"}]`, `[]`},
	{"type missing", `[{"id":"c1"}]`, `[]`},
	{"type null", `[{"id":"c1","resource_type":null}]`, `[]`},
	{"type twice", `[{"id":"c1","resource_type":"customers","resource_type":"customers"}]`, `[]`},
	{"type twice, by an escape", `[{"id":"c1","resource_type":"customers","resource\u005ftype":"resellers"}]`, `[]`},
	{"type inside", `[{"id":"c1","extra":{"resource_type":"customers"}}]`, `[]`},

	{"id missing", `[{"resource_type":"customers"}]`, `[]`},
	{"id twice", `[{"id":"c1","resource_type":"customers","id":"c1"}]`, `[]`},
	{"id twice, the first foreign", `[{"id":"x9","id":"c1","resource_type":"customers"}]`, `[]`},
	{"id twice, by an escape", `[{"id":"c1","\u0069\u0064":"x9","resource_type":"customers"}]`, `[]`},
	{"id a number", `[{"id":1,"resource_type":"customers"}]`, `[]`},
	{"id null", `[{"id":null,"resource_type":"customers"}]`, `[]`},
	{"id a list", `[{"id":["c1"],"resource_type":"customers"}]`, `[]`},
	{"id an object", `[{"id":{"id":"c1"},"resource_type":"customers"}]`, `[]`},
	{"id empty", `[{"id":"","resource_type":"customers"}]`, `[]`},
	{"id longer", `[{"id":"c1 ","resource_type":"customers"},{"id":"c11","resource_type":"customers"}]`, `[]`},
	{"id in capitals", `[{"id":"C1","resource_type":"customers"}]`, `[]`},
	{"half a pair", `[{"id":"c1\ud83d","resource_type":"customers"},{"id":"\ude00","resource_type":"customers"}]`, `[]`},
	{"half a pair and more", `[{"id":"\ud83dxxxxxx","resource_type":"customers"},{"id":"\ud83d\u0041","resource_type":"customers"}]`, `[]`},
	{"id inside", `[{"extra":{"id":"c1"},"resource_type":"customers"}]`, `[]`},
	{
		"a foreign id inside", `[` + `{"extra":{"id":"x9","resource_type":"x"},"id":"c1","resource_type":"customers"}` + `,1]`,
		`[{"extra":{"id":"x9","resource_type":"x"},"id":"c1","resource_type":"customers"}]`,
	},
	{"a value does not count", `[{"id":"x9","value":"c1","resource_type":"customers"}]`, `[]`},
	{
		"member names are not folded", `[{"ID":"c1","resource_type":"customers"},{"Id":"x9","id":"c1","resource_type":"customers"}]`,
		`[{"Id":"x9","id":"c1","resource_type":"customers"}]`,
	},
	{
		"half a pair in a name", `[{"\ud83d":1,"id":"c1","resource_type":"customers"},1]`, `[{"\ud83d":1,"id":"c1","resource_type":"customers"}]`,
	},
	{"no objects", `[null,true,false,0,-1.5e-7,"c1",[` + c1 + `],{}]`, `[]`},
}

func TestUsagesAreFiltered(t *testing.T) {
	p := parse(t, []profile{{Provider: query.Azure, ResourceType: "customers", Resources: []string{"c1", `"é/\`, "😀"}}})
	_, filter := wantGranted(t, p, "usages?view=customers")
	for _, tt := range usages {
		body := []byte(tt.body)
		got, err := filter.Apply(body)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: got %s, %v, want %s", tt.name, got, err, tt.want)
		}
		if string(body) != tt.body {
			t.Errorf("%s: the shared body was changed", tt.name)
		}
		if tt.want == tt.body && len(body) > 0 && &got[0] != &body[0] && tt.want != "[]" {
			t.Errorf("%s: the body was copied", tt.name)
		}
	}
}

func TestChoicesAreFiltered(t *testing.T) {
	filter := filterFor(t, "resellers 2 34", "resellers")
	for body, want := range map[string]string{
		`[{"label":"A","value":"2"},{"label":"B","value":"3"},{"label":"C","value":"34"}]`: `[` +
			`{"label":"A","value":"2"},{"label":"C","value":"34"}]`,
		`[{"value":2},{"value":"2","value":"2"},{"label":"2"},{"id":"2"},"2"]`: `[]`,
		`[{"value":"2","resource_type":"x","resource_type":"y","id":"9","id":"9"},0]`: `[` +
			`{"value":"2","resource_type":"x","resource_type":"y","id":"9","id":"9"}]`,
	} {
		got, err := filter.Apply([]byte(body))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", body, got, err, want)
		}
	}
}

// Each list is filtered by its own level and its own members.
func TestEveryListIsFiltered(t *testing.T) {
	const (
		customer = `{"id":"c1","resource_type":"customers"}`
		reseller = `{"id":"r1","resource_type":"resellers"}`
		choices  = `{"value":"c1"},{"value":"r1"}`
		body     = `[` + customer + `,` + reseller + `,` + choices + `]`
	)
	for target, want := range map[string]string{
		"usages": `[` + customer + `]`, "customers": `[{"value":"c1"}]`,
	} {
		if got, err := filterFor(t, "customers c1 c2;resellers r1", target).Apply([]byte(body)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", target, got, err, want)
		}
	}
	for target, want := range map[string]string{
		"usages?view=resellers": `[` + reseller + `]`, "resellers": `[{"value":"r1"}]`, "usages": body, "customers": body,
	} {
		if got, err := filterFor(t, "resellers r1", target).Apply([]byte(body)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", target, got, err, want)
		}
	}
}

func TestWhatIsNoArray(t *testing.T) {
	filter := filterFor(t, "customers c1", "customers")
	for _, body := range []string{
		``, ` `, `{}`, `null`, `"[]"`, `[`, `]`, `[]]`, `[] x`, `[][]`, `[,]`, `[{"value":"c1"},]`, `[{"value":"c1"}`, `[{"value":"c1"]`,
		`[{"value":"c1",}]`, `[{value:"c1"}]`, `[{"value"}]`, `[{"value":}]`, `[{"value" "c1"}]`, `[{'value':'c1'}]`, `[{"value":"c1"} {}]`,
		`[01]`, `[1.]`, `[.5]`, `[-]`, `[+1]`, `[1e]`, `[0x1]`, `[NaN]`, `[tru]`, `[True]`, `["\x"]`, `["\u12g4"]`, `["\u+123"]`, `["\u12`, `["\`,
		"[\"\n\"]", "[\"\x00\"]", "[\x00]", "\ufeff[]", "[]\x00", `[/**/]`, strings.Repeat("[", 10_001) + strings.Repeat("]", 10_001),
	} {
		got, err := filter.Apply([]byte(body))
		if f := fault.Of(err); err == nil || f.Kind != fault.UpstreamInvalidResponse || f.Detail == "" || got != nil {
			t.Errorf("%.40q: got %s, %v", body, got, err)
		}
	}
}

func TestNothingToFilter(t *testing.T) {
	body := []byte("no JSON at all")
	for _, filter := range []tenancy.RowFilter{{}, filterFor(t, "customers *", "customers"), filterFor(t, "customers c1", "by-day")} {
		if got, err := filter.Apply(body); err != nil || &got[0] != &body[0] || filter.Key() != "" {
			t.Errorf("got %s, %v, key %q", got, err, filter.Key())
		}
	}
}

// Filtered bodies are cached by the key, so it must be the same for the same set of rows, and for no other.
func TestFilterKeys(t *testing.T) {
	key := func(profiles, target string) string { return filterFor(t, profiles, target).Key() }
	same := key("customers a b c", "customers")
	for _, profiles := range []string{
		"customers c b a b", "customers a; customers c b", "customers a b c; resellers r1", "customers a b c; distributors *",
	} {
		if got := key(profiles, "customers"); got != same {
			t.Errorf("%s: %s, want %s", profiles, got, same)
		}
	}
	seen := map[string]string{}
	for _, c := range [][2]string{
		{"customers a b c", "customers"}, {"customers a b c", "usages"}, {"customers a b", "customers"}, {"customers a bc", "customers"},
		{"customers ab c", "customers"}, {"customers abc", "customers"}, {"customers a,b c", "customers"}, {"customers c b a d", "customers"},
		{"resellers a b c", "resellers"}, {"resellers a b c", "usages?view=resellers"},
		{"customers resellers", "customers"}, {"resellers customers", "resellers"},
	} {
		k := key(c[0], c[1])
		if other, twice := seen[k]; twice || k == "" {
			t.Errorf("%v has the key of %s: %q", c, other, k)
		}
		seen[k] = c[0] + " " + c[1]
	}
	if key("customers a b c", "customers?customer_id=a") != same {
		t.Error("the id that is named changes the granted rows")
	}
}
