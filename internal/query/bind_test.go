package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// pairs are faults: a name and a message each.
type pairs [][2]string

func wantWalk(t *testing.T, raw string, want query.Params, faults pairs) {
	t.Helper()
	got, found := query.Bind(query.Usages, raw)
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
	for raw, want := range map[string]query.Params{
		"":                                  {},
		"&":                                 {},
		"&&&":                               {},
		"view=a":                            {View: "a"},
		"&&view=a&&customer_id=b&":          {View: "a", CustomerID: "b"},
		"customer_id=b&view=a":              {View: "a", CustomerID: "b"},
		"view":                              {},
		"view=":                             {},
		"view==a=b":                         {View: "=a=b"},
		"view=a+b%20c":                      {View: "a b c"},
		"view=a%2Bb":                        {View: "a+b"},
		"view=%26%3D%3B%25":                 {View: "&=;%"},
		"view=?/:@!$'()*,":                  {View: "?/:@!$'()*,"},
		"view=caf%C3%A9":                    {View: "café"},
		"view=café":                         {View: "café"},
		"view=%ff%00%0a":                    {View: "\xff\x00\n"}, // New checks what it means
		"v%69ew=a":                          {View: "a"},
		"customer%5Fid=b":                   {CustomerID: "b"},
		"catalog=b&catalog=a&catalog=b":     {Catalog: []string{"b", "a", "b"}},
		"catalog=a&view=x&catalog=&catalog": {View: "x", Catalog: []string{"a", "", ""}},
	} {
		wantWalk(t, raw, want, nil)
	}
}

const (
	repeated  = "is given more than once; send it once"
	percent   = "is not percent-encoded properly; write a '%' in a value as %25"
	semicolon = "has a ';' in it; separate parameters by '&', and write a ';' in a value as %3B"
	unknown   = "is not a parameter of this call"
)

// A malformed value is kept as it came: its parameter was given, and must not count as missing as well.
func TestFaults(t *testing.T) {
	for _, tt := range []struct {
		raw    string
		want   query.Params
		faults pairs
	}{
		{"view=a&view=b", query.Params{View: "a"}, pairs{{"view", repeated}}},
		{"view=a&view=a", query.Params{View: "a"}, pairs{{"view", repeated}}},
		{"view=&view=b", query.Params{}, pairs{{"view", repeated}}},
		{"view=a&v%69ew=b&view=c", query.Params{View: "a"}, pairs{{"view", repeated}}},
		{"customer_id=a&customer_id=b", query.Params{CustomerID: "a"}, pairs{{"customer_id", repeated}}},
		{"view=100%", query.Params{View: "100%"}, pairs{{"view", percent}}},
		{"view=%zz", query.Params{View: "%zz"}, pairs{{"view", percent}}},
		{"view=a+%4", query.Params{View: "a+%4"}, pairs{{"view", percent}}},
		{"view=%zz&view=b", query.Params{View: "%zz"}, pairs{{"view", percent}, {"view", repeated}}},
		{"vi%ew=a", query.Params{}, pairs{{"vi%ew", percent}}},
		{"%=a&%=b", query.Params{}, pairs{{"%", percent}}},
		{"view=a;b", query.Params{View: "a;b"}, pairs{{"view", semicolon}}},
		{"view=a;customer_id=b", query.Params{View: "a;customer_id=b"}, pairs{{"view", semicolon}}},
		{"view;customer_id=b", query.Params{}, pairs{{"view;customer_id", semicolon}}},
		{";", query.Params{}, pairs{{";", semicolon}}},
		{"catalog=a&catalog=%zz&catalog=b", query.Params{Catalog: []string{"a", "b"}}, pairs{{"catalog", percent}}},
		{"catalog=a;b&catalog=c;d", query.Params{}, pairs{{"catalog", semicolon}}},
		{"color=x", query.Params{}, pairs{{"color", unknown}}},
		{"=x", query.Params{}, pairs{{"", unknown}}},
		{"=", query.Params{}, pairs{{"", unknown}}},
		{"View=a", query.Params{}, pairs{{"View", unknown + "; did you mean view?"}}},
		{"catalogs=a&catalogs=b", query.Params{}, pairs{{"catalogs", unknown + "; did you mean catalog?"}}},
		{"customer=a", query.Params{}, pairs{{"customer", unknown + "; did you mean customer_id?"}}},
		{"view+=a", query.Params{}, pairs{{"view ", unknown + "; did you mean view?"}}},
		{
			"color=1&view=%zz&customer_id=a&customer_id=b&catalog=;&xyz",
			query.Params{View: "%zz", CustomerID: "a"},
			pairs{{"color", unknown}, {"view", percent}, {"customer_id", repeated}, {"catalog", semicolon}, {"xyz", unknown}},
		},
	} {
		wantWalk(t, tt.raw, tt.want, tt.faults)
	}
}
