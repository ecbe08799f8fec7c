package table_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const number = `-?(0|[1-9][0-9]{0,5})(\.[0-9]{1,5})?([eE][+-]?[0-9]{1,2})?`

var isNumber = regexp.MustCompile(`^` + number + `$`)

// value is any value that a member may have.
var value = rapid.OneOf(
	rapid.Map(rapid.StringMatching(number), func(s string) any { return json.RawMessage(s) }),
	rapid.Map(rapid.String(), func(s string) any { return s }),
	rapid.Map(rapid.StringMatching(`[=+\-@＝＋－＠\t\r\n '",;.a1]{0,4}`), func(s string) any { return s }),
	rapid.SampledFrom([]any{nil, true, false, []any{}, []any{1.5, "=1"}, map[string]any{"a": "x;y", "b": 1.5}}),
)

// draw returns a list whose rows have values for some of these members, and its rows.
func draw(t *rapid.T, names []string) (list string, all []json.RawMessage) {
	all = []json.RawMessage{} // not null
	for range rapid.IntRange(0, 5).Draw(t, "rows") {
		members := map[string]any{}
		for _, name := range names {
			if rapid.Bool().Draw(t, "has "+name) {
				members[name] = value.Draw(t, name)
			}
		}
		if rapid.Bool().Draw(t, "has actual") {
			members["actual"] = rapid.SliceOfN(value, 0, 4).Draw(t, "actual")
		}
		row, err := json.Marshal(members)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, row)
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text), all
}

// A list has the rows and fields that the standard library finds in it.
func TestListsKeepTheirContent(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		for _, e := range []*query.Endpoint{query.Usages, query.Customers, query.ByDay} {
			columns := table.ListColumns(e)
			list, all := draw(rt, records(rt, written(rt, "[]", columns, table.RFC4180), table.RFC4180)[0])
			for _, d := range dialects {
				compare(rt, written(rt, list, columns, d), all, d)
			}
		}
	})
}

// The dialects differ in their decimal points alone, and no text of either is a formula.
func TestDialectsHaveTheSameContent(t *testing.T) {
	columns := table.TrendColumns([]string{"2026-08", "2026-09", "2026-10"})
	testkit.Check(t, func(rt *rapid.T) {
		list, all := draw(rt, []string{"id", "parent_id", "resource_type", "name", "total", "change", "change_ratio"})
		plain := records(rt, written(rt, list, columns, table.RFC4180), table.RFC4180)
		excel := records(rt, written(rt, list, columns, table.ExcelBR), table.ExcelBR)
		if len(plain) != 1+len(all) || len(excel) != len(plain) {
			rt.Fatalf("%s: %d and %d records", list, len(plain), len(excel))
		}
		for i, record := range plain {
			for j, field := range record {
				if other := excel[i][j]; field != other && (!isNumber.MatchString(field) || strings.Replace(field, ".", ",", 1) != other) {
					rt.Fatalf("%s: %q for %q", list, other, field)
				}
				if formula.MatchString(field) && !isNumber.MatchString(field) {
					rt.Fatalf("%s: %q", list, field)
				}
			}
		}
	})
}
