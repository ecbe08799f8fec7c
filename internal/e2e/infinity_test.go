package e2e_test

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tidwall/gjson"
)

// infinityQuery is what of a query of the Infinity plugin the test looks at.
type infinityQuery struct {
	Type, Source, Parser string
	URL                  string
	URLOptions           struct {
		Method string
		Params []struct{ Key, Value string }
	} `json:"url_options"`
	RootSelector string `json:"root_selector"`
	Columns      []struct{ Selector, Type string }
}

// target returns the request of a query for May 2025. It fills in days as the plugin does, in UTC. Variables of the browser, such as
// ${__from:date:YYYY-MM-DD}, have the days of its time zone; they stay, and the gateway refuses them.
func (q infinityQuery) target(provider, invoices string) string {
	fill := strings.NewReplacer("${provider}", provider, "${invoice_type}", invoices,
		"${__timeFrom:date:YYYY-MM-DD}", "2025-05-01", "${__timeTo:date:YYYY-MM-DD}", "2025-05-31")
	values := url.Values{}
	for _, p := range q.URLOptions.Params {
		values.Set(p.Key, fill.Replace(p.Value))
	}
	return fill.Replace(q.URL) + "?" + values.Encode()
}

type infinityDashboard struct {
	Timezone string
	Panels   []struct {
		Title   string
		Targets []infinityQuery
	}
}

func readCostsDashboard(t *testing.T) (d infinityDashboard) {
	t.Helper()
	content, err := os.ReadFile(costsDashboard)
	must(t, err)
	must(t, json.Unmarshal(content, &d))
	return d
}

// wantColumns returns the rows of a query, which all have its columns.
func wantColumns(t *testing.T, g *gateway, title string, q infinityQuery, target string) []map[string]any {
	t.Helper()
	if q.Type != "json" || q.Source != "url" || q.Parser != "backend" || q.URLOptions.Method != http.MethodGet {
		t.Errorf("%s: not a GET of JSON in the backend: %+v", title, q)
	}
	resp, text := ask(t, http.MethodGet, g.api+target, "")
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s: %d %s", title, target, resp.StatusCode, text)
	}
	rows := rowsOf(t, text, q.RootSelector)
	for _, row := range rows {
		for _, c := range q.Columns {
			if !fits(row[c.Selector], c.Type) {
				t.Errorf("%s: %s: %s is %v, want a %s", title, target, c.Selector, row[c.Selector], c.Type)
			}
		}
	}
	return rows
}

// rowsOf returns what a root selector selects, with the library of the plugin: an array, or one row. To select nothing is an error there.
func rowsOf(t *testing.T, text, selector string) (rows []map[string]any) {
	t.Helper()
	selected := gjson.Get(text, cmp.Or(selector, "@this"))
	if !selected.Exists() {
		t.Errorf("%s selects nothing in %s", selector, text)
	}
	for _, row := range selected.Array() {
		rows = append(rows, row.Value().(map[string]any))
	}
	return rows
}

// fits reports whether a value has a type of the plugin.
func fits(value any, kind string) bool {
	text, isText := value.(string)
	_, isNumber := value.(float64)
	_, notADay := time.Parse(time.DateOnly, text)
	switch kind {
	case "number":
		return isNumber
	case "string":
		return isText
	case "timestamp":
		return notADay == nil
	default:
		return false
	}
}
