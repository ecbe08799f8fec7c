package query_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func TestSelections(t *testing.T) {
	for raw, want := range map[string]query.Selection{
		"":                          {},
		"sort=&limit=&offset=&q=":   {},
		"sort=name":                 {Order: []query.SortKey{{Member: 1}}},
		"sort=-actual,id,-forecast": {Order: []query.SortKey{{Member: 3, Descending: true}, {}, {Member: 4, Descending: true}}},
		"limit=1":                   {Most: 1},
		"limit=1000&offset=1000000": {Most: 1000, First: 1000000},
	} {
		q, err := query.Parse(query.Usages, query.Azure, raw, now)
		if diff := cmp.Diff(want, q.Selection); err != nil || diff != "" {
			t.Errorf("%s: %v, -want +got:\n%s", raw, err, diff)
		}
	}
}

func TestSelects(t *testing.T) {
	for raw, want := range map[string]bool{"": false, "view=x": false, "q=": false, "q=x": true, "sort=id": true, "limit=1": true} {
		if q, err := query.Parse(query.Usages, query.Azure, raw, now); err != nil || q.Selects() != want {
			t.Errorf("%s: got %v, %v", raw, q.Selects(), err)
		}
	}
}

const (
	badLimit   = "must be a whole number from 1 to 1000"
	badOffset  = "must be a whole number from 0 to 1000000"
	aloneFault = "needs limit; send both"
	badMember  = "must be members of id, name, last, actual, forecast, separated by commas, each with a '-' before it for descending order"
)

func TestFaultsOfSelections(t *testing.T) {
	for raw, want := range map[string][]fault.Param{
		"sort=x":                     {{Name: "sort", Message: badMember}},
		"sort=name,":                 {{Name: "sort", Message: badMember}},
		"sort=--name":                {{Name: "sort", Message: badMember}},
		"sort=%2Bname":               {{Name: "sort", Message: badMember}},
		"sort=id,-id":                {{Name: "sort", Message: "has id more than once; send it once"}},
		"sort=id,name,last,actual":   {{Name: "sort", Message: "has more than 3 members; use at most 3"}},
		"limit=0":                    {{Name: "limit", Message: badLimit}},
		"limit=1001":                 {{Name: "limit", Message: badLimit}},
		"limit=%2B1":                 {{Name: "limit", Message: badLimit}},
		"limit=01":                   {{Name: "limit", Message: badLimit}},
		"limit=99999999999999999999": {{Name: "limit", Message: badLimit}},
		"offset=1":                   {{Name: "offset", Message: aloneFault}},
		"offset=-1":                  {{Name: "offset", Message: badOffset + "; " + aloneFault}},
		"limit=1&offset=1000001":     {{Name: "offset", Message: badOffset}},
		"limit=x&offset=1":           {{Name: "limit", Message: badLimit}},
		"q=%00":                      {{Name: "q", Message: "has a control character in it; leave it out"}},
		"q=%ff":                      {{Name: "q", Message: "is not valid UTF-8"}},
		"q=" + strings.Repeat("é", 101): {
			{Name: "q", Message: "is longer than 100 characters"},
		},
		"cost=%00&q=%00&limit=&offset=x&sort=x&y=": {
			{Name: "y", Message: unknown},
			{Name: "cost", Message: "has a control character in it; leave it out"},
			{Name: "q", Message: "has a control character in it; leave it out"},
			{Name: "sort", Message: badMember},
			{Name: "offset", Message: badOffset + "; " + aloneFault},
		},
	} {
		_, err := query.Parse(query.Usages, query.Azure, raw, now)
		if diff := cmp.Diff(want, fault.Of(err).Params); diff != "" {
			t.Errorf("%s: -want +got:\n%s", raw, diff)
		}
	}
}

// The parameters of lists are unknown elsewhere, with a value or without one.
func TestOnlyListsAreSelectedFrom(t *testing.T) {
	for _, e := range query.Endpoints() {
		for _, name := range []string{"sort", "limit", "offset", "q"} {
			_, faults := query.Bind(e, name+"=")
			if got, want := len(faults) > 0, e.Shape == query.Object; got != want || (len(e.Members) == 0) != want {
				t.Errorf("%s?%s: %v", e.Name, name, faults)
			}
		}
	}
}

// All selections from a list are one query for the cache and for Rocket.
func TestSelectionsHaveOneKey(t *testing.T) {
	var keys []query.Key
	for _, raw := range []string{"", "sort=id", "limit=1&offset=1", "q=x"} {
		q, err := query.Parse(query.Usages, query.Azure, raw, now)
		if err != nil {
			t.Fatal(err)
		}
		if keys = append(keys, q.Key()); keys[0] != q.Key() {
			t.Errorf("%s has a key of its own", raw)
		}
	}
}
