package shape_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/shape"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func parsed(t testing.TB, e *query.Endpoint, raw string) *query.Query {
	t.Helper()
	q, err := query.Parse(e, query.Azure, raw, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return &q
}

func selected(t testing.TB, e *query.Endpoint, body, raw string) (list string, total int) {
	t.Helper()
	index, err := shape.New([]byte(body), e)
	if err != nil {
		t.Fatal(err)
	}
	got, total := index.Select([]byte(body), parsed(t, e, raw))
	return string(got), total
}

const usageRows = ` [ {"id":"1","name":"Álvaro","actual":10.50} ,
	{"id":"2","name":"ana","actual":2e1,"last":null},{"id":"3","name":"ALVARO","actual":"7"},{ "id" : "4" , "name" : 5 },
	{"id":"5","name":"Zoë","actual":-1,"actual":3},{"id":"6","name":"ção 2","actual":10.5},{"id":"7","name":"Ｃao １0","actual":1e401}]`

// The order of ids that each selection leads to.
func TestSelect(t *testing.T) {
	for raw, want := range map[string]string{
		"limit=1000":                    "1234567/7",
		"sort=actual":                   "1623457/7", // a string, no value, a doubled member and a number beyond the limits are last
		"sort=-actual":                  "2163457/7",
		"sort=name":                     "1327654/7",
		"sort=-name":                    "5672134/7",
		"sort=last":                     "1234567/7",
		"sort=actual,-id":               "6127543/7",
		"sort=name,actual,-id":          "1327654/7",
		"q=alvaro":                      "13/2",
		"q=%C3%81LVARO":                 "13/2",
		"q=CAO":                         "67/2",
		"q=cao%2010":                    "7/1",
		"q=5":                           "/0",
		"q=%CC%81":                      "123567/6", // a mark alone is in every text
		"q=x":                           "/0",
		"limit=2":                       "12/7",
		"limit=2&offset=6":              "7/7",
		"limit=2&offset=7":              "/7",
		"q=a&sort=-id&limit=2":          "76/5",
		"q=a&sort=-id&limit=2&offset=2": "32/5",
	} {
		list, total := selected(t, query.Usages, usageRows, raw)
		var rows []struct{ ID string }
		if err := json.Unmarshal([]byte(list), &rows); err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, row := range rows {
			got += row.ID
		}
		if got += "/" + strconv.Itoa(total); got != want {
			t.Errorf("%s: got %s, want %s", raw, got, want)
		}
	}
}

func TestRowsKeepTheirBytes(t *testing.T) {
	got, _ := selected(t, query.Usages, usageRows, "sort=-id&limit=3&offset=2")
	want := `[{"id":"5","name":"Zoë","actual":-1,"actual":3},{ "id" : "4" , "name" : 5 },{"id":"3","name":"ALVARO","actual":"7"}]`
	if got != want {
		t.Errorf("got %s", got)
	}
}

func TestMembersOfTheEndpoint(t *testing.T) {
	const list = `[{"label":"b","value":"10"},{"label":"a","value":9},{"label":"c","value":"9"}]`
	for _, tt := range []struct {
		e         *query.Endpoint
		raw, want string
	}{
		{query.Customers, "sort=value", `[{"label":"b","value":"10"},{"label":"c","value":"9"},{"label":"a","value":9}]`},
		{query.ByDay, "sort=value", `[{"label":"a","value":9},{"label":"b","value":"10"},{"label":"c","value":"9"}]`},
		{query.ByMonth, "q=C", `[{"label":"c","value":"9"}]`},
	} {
		if got, _ := selected(t, tt.e, list, tt.raw); got != tt.want {
			t.Errorf("%s?%s: got %s", tt.e.Name, tt.raw, got)
		}
	}
}

func TestNoArray(t *testing.T) {
	for _, body := range []string{"", "{}", "null", "[", `[{"id":"secret"}`} {
		if _, err := shape.New([]byte(body), query.Usages); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

var names = rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
	"", "a", "A", "á", "À", "ab", "a b", "a-b", "æ", "ae", "ß", "ss", "ﬁ", "fi", "I", "ı", "İ", "Ω", "Ω", "ç", "c\u0327", "１", "1", "한",
	"e\u0301\u0323",
}))

func draw(t *rapid.T) (body string, rows []string) {
	value := rapid.OneOf(
		rapid.Map(rapid.IntRange(-5, 5), func(n int) any { return n }), rapid.Map(names, func(s string) any { return s }), rapid.Just[any](nil),
	)
	for range rapid.IntRange(0, 12).Draw(t, "rows") {
		row, err := json.Marshal(map[string]any{"id": len(rows), "name": value.Draw(t, "name"), "actual": value.Draw(t, "actual")})
		if err != nil {
			t.Fatal(err)
		}
		rows = append(rows, string(row))
	}
	return "[" + strings.Join(rows, ",") + "]", rows
}

// Pages joined are the whole selection, and its rows are those of the list.
func TestPagesJoinedAreTheList(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		body, rows := draw(rt)
		selection := "&sort=" + rapid.SampledFrom([]string{"", "name", "-name", "actual,-name", "-actual,name,-id"}).Draw(rt, "sort")
		if rapid.Bool().Draw(rt, "search") {
			selection += "&q=a"
		}
		whole, total := selected(t, query.Usages, body, selection)
		limit := rapid.IntRange(1, 5).Draw(rt, "limit")
		var pages []string
		for offset := 0; offset < total; offset += limit {
			page, n := selected(t, query.Usages, body, fmt.Sprintf("limit=%d&offset=%d%s", limit, offset, selection))
			if pages = append(pages, strings.Trim(page, "[]")); n != total {
				rt.Fatalf("total %d, then %d", total, n)
			}
		}
		if got := "[" + strings.Join(pages, ",") + "]"; got != whole {
			rt.Fatalf("pages %s\nwhole %s", got, whole)
		}
		if !strings.Contains(selection, "q=") && total != len(rows) {
			rt.Fatalf("%d of %d rows", total, len(rows))
		}
	})
}

// Sorting is what a stable sort with a plain comparison leads to.
func TestSortIsStable(t *testing.T) {
	collator := collate.New(language.Und, collate.Loose)
	type row struct {
		ID     int
		Name   any
		Actual any
	}
	testkit.Check(t, func(rt *rapid.T) {
		body, _ := draw(rt)
		descending := rapid.Bool().Draw(rt, "descending")
		sign, raw := 1, "sort=name,actual"
		if descending {
			sign, raw = -1, "sort=-name,-actual"
		}
		var want, got []row
		decode(rt, body, &want)
		slices.SortStableFunc(want, func(a, b row) int {
			return cmp.Or(
				compare(a.Name, b.Name, func(a, b string) int { return sign * collator.CompareString(a, b) }),
				compare(a.Actual, b.Actual, func(a, b float64) int { return sign * cmp.Compare(a, b) }))
		})
		list, _ := selected(t, query.Usages, body, raw)
		decode(rt, list, &got)
		if !slices.Equal(want, got) {
			rt.Fatalf("got  %v\nwant %v", got, want)
		}
	})
}

// compare compares values of one type; others come last.
func compare[T any](a, b any, values func(a, b T) int) int {
	x, isX := a.(T)
	y, isY := b.(T)
	switch {
	case isX && isY:
		return values(x, y)
	case isX:
		return -1
	case isY:
		return 1
	}
	return 0
}

func decode(t *rapid.T, text string, into any) {
	if err := json.Unmarshal([]byte(text), into); err != nil {
		t.Fatal(err)
	}
}

// FuzzSelect takes any body: it is refused, or every row of a selection is one of its rows, each once.
func FuzzSelect(f *testing.F) {
	f.Add([]byte(usageRows), "sort=-name&q=a&limit=3")
	f.Add([]byte(`[{"name":"\ud800"},{"name":"`+"\xff"+`"},1,null,[],"x"]`), "sort=name,actual&q=%EF%BF%BD")
	f.Fuzz(func(t *testing.T, body []byte, raw string) {
		q, err := query.Parse(query.Usages, query.Azure, raw, time.Now())
		if err != nil {
			t.Skip("not a valid query: it never reaches the selection")
		}
		index, err := shape.New(body, query.Usages)
		var rows, got []json.RawMessage
		if (err == nil) != (json.Unmarshal(body, &rows) == nil && bytes.HasPrefix(bytes.TrimSpace(body), []byte("["))) {
			t.Fatalf("%q: %v", body, err)
		}
		if err != nil {
			return
		}
		list, total := index.Select(body, &q)
		if json.Unmarshal(list, &got) != nil || len(got) > total || total > len(rows) {
			t.Fatalf("%q: %q of %d", body, list, total)
		}
		for _, row := range got {
			at := slices.IndexFunc(rows, func(r json.RawMessage) bool { return bytes.Equal(r, row) })
			if at < 0 {
				t.Fatalf("%q has no further row %q", body, row)
			}
			rows = slices.Delete(rows, at, at+1)
		}
	})
}
