package query_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The standard library's reader is the measure: what it accepts is read the same here, and what it refuses is a fault.
// This one only adds faults, for what the other takes in silence: names that are unknown or repeated.
func FuzzBind(f *testing.F) {
	for _, raw := range []string{
		"", "&&", "view=a&customer_id=b", "catalog=a&catalog=b", "view", "view=a+b%20c", "view=%zz", "view=a;b", "v%69ew=1&view=2",
		"%=1", "catalog=%ff&catalog=%", "=", "sort=x&sort=x", "View=1", "\xff=\xfe", ";&;", "%63atalog=%2", "catalog;=1",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if strings.Count(raw, "&") >= 10_000 {
			t.Skip("url.ParseQuery refuses so many pairs unread; here the length of the request target is bounded")
		}
		p, faults := query.Bind(query.Usages, raw)
		values, err := url.ParseQuery(raw)
		wantSafe(t, faults)
		if !slices.Equal(p.Catalog, values["catalog"]) {
			t.Errorf("catalog: got %q, want %q", p.Catalog, values["catalog"])
		}
		if err != nil {
			if len(faults) == 0 {
				t.Errorf("no fault, but url.ParseQuery returns: %v", err)
			}
			return
		}
		for row, value := range p.All() {
			if !row.List && value != values.Get(row.Name) {
				t.Errorf("%s: got %q, want %q", row.Name, value, values.Get(row.Name))
			}
		}
		if slices.ContainsFunc(faults, malformed) {
			t.Errorf("url.ParseQuery accepts it, but: %v", faults)
		}
		if got, want := len(faults) > 0, !clean(values); got != want {
			t.Errorf("faults %v for %v", faults, values)
		}
	})
}

func malformed(f fault.Param) bool { return f.Message == percent || f.Message == semicolon }

// clean reports whether all names are known and none is repeated that must not be.
func clean(values url.Values) bool {
	for name, list := range values {
		if !slices.Contains(query.Names(query.Usages), name) || name != "catalog" && len(list) > 1 {
			return false
		}
	}
	return true
}
