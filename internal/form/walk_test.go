package form_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/form"
)

// params are two parameters that are given once and one that may be repeated.
type params struct {
	View, Customer string
	Catalog        []string
}

// walk reads raw as the generated code does.
func walk(raw string) (p params, faults []fault.Param) {
	q := form.Read(raw)
	for q.Next() {
		switch q.Name() {
		case "view":
			q.Set(0, &p.View)
		case "customer_id":
			q.Set(63, &p.Customer) // the highest number there is
		case "catalog":
			q.Append(&p.Catalog)
		default:
			q.Unknown("view", "customer_id", "catalog")
		}
	}
	return p, q.Faults()
}

// pairs are faults: a name and a message each.
type pairs [][2]string

func wantWalk(t *testing.T, raw string, want params, faults pairs) {
	t.Helper()
	got, found := walk(raw)
	var gotFaults pairs
	for _, f := range found {
		gotFaults = append(gotFaults, [2]string{f.Name, f.Message})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%q: values: -want +got:\n%s", raw, diff)
	}
	if diff := cmp.Diff(faults, gotFaults); diff != "" {
		t.Errorf("%q: faults: -want +got:\n%s", raw, diff)
	}
}

func TestValues(t *testing.T) {
	for raw, want := range map[string]params{
		"":                                  {},
		"&":                                 {},
		"&&&":                               {},
		"view=a":                            {View: "a"},
		"&&view=a&&customer_id=b&":          {View: "a", Customer: "b"},
		"customer_id=b&view=a":              {View: "a", Customer: "b"},
		"view":                              {},
		"view=":                             {},
		"view==a=b":                         {View: "=a=b"},
		"view=a+b%20c":                      {View: "a b c"},
		"view=a%2Bb":                        {View: "a+b"},
		"view=%26%3D%3B%25":                 {View: "&=;%"},
		"view=?/:@!$'()*,":                  {View: "?/:@!$'()*,"},
		"view=caf%C3%A9":                    {View: "café"},
		"view=café":                         {View: "café"},
		"view=%ff%00%0a":                    {View: "\xff\x00\n"}, // what it means is package query's business
		"v%69ew=a":                          {View: "a"},
		"customer%5Fid=b":                   {Customer: "b"},
		"catalog=b&catalog=a&catalog=b":     {Catalog: []string{"b", "a", "b"}},
		"catalog=a&view=x&catalog=&catalog": {View: "x", Catalog: []string{"a", "", ""}},
	} {
		wantWalk(t, raw, want, nil)
	}
}

const (
	repeated  = "is given more than once; give it once"
	percent   = "is not percent-encoded properly; write a '%' in a value as %25"
	semicolon = "has a ';' in it; separate parameters by '&', and write a ';' in a value as %3B"
	unknown   = "is not a parameter of this call"
)

// A malformed value is kept as it came: its parameter was given, and must not count as missing as well.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		raw    string
		want   params
		faults pairs
	}{
		{"view=a&view=b", params{View: "a"}, pairs{{"view", repeated}}},
		{"view=a&view=a", params{View: "a"}, pairs{{"view", repeated}}},
		{"view=&view=b", params{}, pairs{{"view", repeated}}},
		{"view=a&v%69ew=b&view=c", params{View: "a"}, pairs{{"view", repeated}}},
		{"customer_id=a&customer_id=b", params{Customer: "a"}, pairs{{"customer_id", repeated}}},
		{"view=100%", params{View: "100%"}, pairs{{"view", percent}}},
		{"view=%zz", params{View: "%zz"}, pairs{{"view", percent}}},
		{"view=a+%4", params{View: "a+%4"}, pairs{{"view", percent}}},
		{"view=%zz&view=b", params{View: "%zz"}, pairs{{"view", percent}, {"view", repeated}}},
		{"vi%ew=a", params{}, pairs{{"vi%ew", percent}}},
		{"%=a&%=b", params{}, pairs{{"%", percent}}},
		{"view=a;b", params{View: "a;b"}, pairs{{"view", semicolon}}},
		{"view=a;customer_id=b", params{View: "a;customer_id=b"}, pairs{{"view", semicolon}}},
		{"view;customer_id=b", params{}, pairs{{"view;customer_id", semicolon}}},
		{";", params{}, pairs{{";", semicolon}}},
		{"catalog=a&catalog=%zz&catalog=b", params{Catalog: []string{"a", "b"}}, pairs{{"catalog", percent}}},
		{"catalog=a;b&catalog=c;d", params{}, pairs{{"catalog", semicolon}}},
		{"sort=x", params{}, pairs{{"sort", unknown}}},
		{"=x", params{}, pairs{{"", unknown}}},
		{"=", params{}, pairs{{"", unknown}}},
		{"View=a", params{}, pairs{{"View", unknown + "; did you mean view?"}}},
		{"catalogs=a&catalogs=b", params{}, pairs{{"catalogs", unknown + "; did you mean catalog?"}}},
		{"customer=a", params{}, pairs{{"customer", unknown + "; did you mean customer_id?"}}},
		{"view+=a", params{}, pairs{{"view ", unknown + "; did you mean view?"}}},
		{
			"sort=1&view=%zz&customer_id=a&customer_id=b&catalog=;&xyz",
			params{View: "%zz", Customer: "a"},
			pairs{{"sort", unknown}, {"view", percent}, {"customer_id", repeated}, {"catalog", semicolon}, {"xyz", unknown}},
		},
	} {
		wantWalk(t, tt.raw, tt.want, tt.faults)
	}
}
