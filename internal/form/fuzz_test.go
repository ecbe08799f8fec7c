package form_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/form"
)

func read(raw string) form.Query { return form.Read(raw) }

// The standard library's reader is the measure: what it accepts is read the same here, and what it refuses is a fault.
// This one only adds faults, for what the other takes in silence: names that are unknown or repeated.
func FuzzRead(f *testing.F) {
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
		p, faults := walk(raw)
		values, err := url.ParseQuery(raw)
		wantSafe(t, faults)
		if !slices.Equal(p.Catalog, values["catalog"]) {
			t.Errorf("catalog: got %q, want %q", p.Catalog, values["catalog"])
		}
		if err != nil {
			if len(faults) == 0 {
				t.Errorf("no fault, but url.ParseQuery says: %v", err)
			}
			return
		}
		if p.View != values.Get("view") || p.Customer != values.Get("customer_id") {
			t.Errorf("got %+v, want %v", p, values)
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

// clean says whether all names are known and none is repeated that must not be.
func clean(values url.Values) bool {
	for name, list := range values {
		switch name {
		case "catalog":
		case "view", "customer_id":
			if len(list) > 1 {
				return false
			}
		default:
			return false
		}
	}
	return true
}
