package rocketsim_test

import (
	"slices"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// TestOneLevelForEachView: the gateway assumes that the rows of usages are of one type, and have ids of their own.
func TestOneLevelForEachView(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	for _, provider := range providers {
		for _, view := range []string{"distributors", "resellers", "customers", "subscriptions", "resources"} {
			rows := get[[]usage](t, c, provider+"/usages", month("2026-04").with("view", view))
			if i := slices.IndexFunc(rows, func(u usage) bool { return u.ResourceType != view }); i >= 0 {
				t.Errorf("%s, view=%s: a row has the type %q", provider, view, rows[i].ResourceType)
			}
			ids := idsOf(rows)
			slices.Sort(ids)
			if n := len(slices.Compact(ids)); n < 2 || n != len(rows) {
				t.Errorf("%s, view=%s: %d ids in %d rows", provider, view, n, len(rows))
			}
		}
	}
}
