package table_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

func written(t rapid.TB, list string, columns []table.Column, d table.Dialect) string {
	t.Helper()
	text, err := table.Write([]byte(list), columns, d)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestHeaderRows(t *testing.T) {
	const breakdown = "label,value,type,markup_reference,extra\r\n"
	for _, e := range query.Endpoints() {
		want, isList := map[*query.Endpoint]string{
			query.Usages:    "id,parent_id,parent_name,resource_type,type,name,last,actual,forecast,leaf,extra\r\n",
			query.Customers: "value,label\r\n", query.Subscriptions: "value,label\r\n", query.Resellers: "value,label\r\n",
			query.ByDay: breakdown, query.ByMonth: breakdown, query.ByPublisher: breakdown,
		}[e]
		columns := table.ListColumns(e)
		if (columns != nil) != isList {
			t.Errorf("%s has the columns %v", e.Name, columns)
			continue
		}
		if !isList {
			continue
		}
		if got := written(t, "[]", columns, table.RFC4180); got != want {
			t.Errorf("%s: got %q", e.Name, got)
		}
		if got := written(t, " [ ]", columns, table.ExcelBR); got != "\ufeff"+strings.ReplaceAll(want, ",", ";") {
			t.Errorf("%s for Excel: got %q", e.Name, got)
		}
	}
}

func TestUsages(t *testing.T) {
	const list = `[{"id":"c1","parent_id":null,"parent_name":"Revenda \"Sul\", SA","resource_type":"customers","type":"customer",` +
		`"name":"São João",` +
		`"last":1234.50,"actual":-0.10,"forecast":1.5E-7,"leaf":false,"extra":{ "a": 1.5, "b": ["=x"] },"unknown":1},` +
		"\n{\"id\":7}, 1, null, []]"
	for d, want := range map[table.Dialect]string{
		table.RFC4180: `c1,,"Revenda ""Sul"", SA",customers,customer,São João,1234.50,-0.10,1.5E-7,false,"{ ""a"": 1.5, ""b"": [""=x""] }"` +
			"\r\n7,,,,,,,,,,\r\n" + strings.Repeat(",,,,,,,,,,\r\n", 3),
		table.ExcelBR: `c1;;"Revenda ""Sul"", SA";customers;customer;São João;1234,50;-0,10;1,5E-7;false;"{ ""a"": 1.5, ""b"": [""=x""] }"` +
			"\r\n7;;;;;;;;;;\r\n" + strings.Repeat(";;;;;;;;;;\r\n", 3),
	} {
		_, got, _ := strings.Cut(written(t, list, table.ListColumns(query.Usages), d), "\r\n")
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("dialect %d, -want +got:\n%s", d, diff)
		}
	}
}

// Each value is that of the column label in both dialects. The column extra has nothing.
func TestFields(t *testing.T) {
	for _, tt := range []struct{ name, value, want, excel string }{
		{"text", `"a b"`, "a b", "a b"},
		{"no text", `""`, "", ""},
		{"null", "null", "", ""},
		{"true", "true", "true", "true"},
		{"false", "false", "false", "false"},
		{"an integer", "10", "10", "10"},
		{
			"all digits", "0.1000000000000000000000000000000000001", "0.1000000000000000000000000000000000001",
			"0,1000000000000000000000000000000000001",
		},
		{"a negative number", "-1.50", "-1.50", "-1,50"},
		{"an exponent", "-1.0e+3", "-1.0e+3", "-1,0e+3"},
		{"text like a number", `"1.50"`, "1.50", "1.50"},
		{"text like a negative number", `"-1.50"`, "'-1.50", "'-1.50"},
		{"text like null", `"null"`, "null", "null"},
		{"an array", `[ "=1", 1.5 ]`, `"[ ""=1"", 1.5 ]"`, `"[ ""=1"", 1.5 ]"`},
		{"an object", `{"a":-1.5}`, `"{""a"":-1.5}"`, `"{""a"":-1.5}"`},
		{"separators", `"a,b;c"`, `"a,b;c"`, `"a,b;c"`},
		{"the other separator", `"a;b"`, "a;b", `"a;b"`},
		{"a quote", `"a\"b"`, `"a""b"`, `"a""b"`},
		{"an accent", `"S\u00e3o Jo\u00e3o"`, "São João", "São João"},
		{"a surrogate pair", `"\ud83d\ude00"`, "😀", "😀"},
		{"half of a pair", `"a\ud83d"`, "a\ufffd", "a\ufffd"},
		{"line breaks", `"a\r\nb\nc\rd"`, "\"a\r\nb\nc\rd\"", "\"a\r\nb\nc\rd\""},
		{"NUL", `"a\u0000b"`, "a\x00b", "a\x00b"},
		{"a space before", `" a"`, `" a"`, `" a"`},
	} {
		for d, want := range map[table.Dialect]string{table.RFC4180: tt.want + ",,,,", table.ExcelBR: tt.excel + ";;;;"} {
			_, got, _ := strings.Cut(written(t, `[{"label":`+tt.value+`}]`, table.ListColumns(query.ByDay), d), "\r\n")
			if got != want+"\r\n" {
				t.Errorf("%s, dialect %d: got %q, want %q", tt.name, d, got, want)
			}
		}
	}
}

func TestFormulasAreText(t *testing.T) {
	for escaped, start := range map[string]string{
		"=": "=", "+": "+", "-": "-", "@": "@", `\t`: "\t", `\r`: "\r", `\n`: "\n", "＝": "＝", "＋": "＋", "－": "－", "＠": "＠",
		`\u003d`: "=", `\u003D`: "=", `\u002b`: "+", `\u0009`: "\t", `\uff1d`: "＝", `\uFF20`: "＠",
	} {
		list := `[{"value":"` + escaped + `1+1","label":"` + escaped + `"},{"value":"1` + escaped + `","label":"'` + escaped + `"}]`
		for _, d := range dialects {
			got := records(t, written(t, list, table.ListColumns(query.Customers), d), d)[1:]
			if diff := cmp.Diff([][]string{{"'" + start + "1+1", "'" + start}, {"1" + start, "'" + start}}, got); diff != "" {
				t.Errorf("%s, dialect %d, -want +got:\n%s", escaped, d, diff)
			}
		}
	}
}

func TestDoubledMembersAreEmpty(t *testing.T) {
	got := written(t, `[{"value":1,"label":"a","\u0076alue":1},{"Value":1,"label":"b"}]`, table.ListColumns(query.Customers), table.RFC4180)
	if want := "value,label\r\n,a\r\n,b\r\n"; got != want {
		t.Errorf("got %q", got)
	}
}

// The column extra is JSON text, whatever it is.
func TestExtra(t *testing.T) {
	for value, want := range map[string]string{
		`{"a":"=1"}`: `"{""a"":""=1""}"`, "{}": "{}", "null": "", "-1.50": "-1.50", "true": "true", `"=1"`: `"""=1"""`,
		`"\u003d"`:    `"""\u003d"""`,
		"[ 1.5,\n2 ]": "\"[ 1.5,\n2 ]\"", `""`: `""""""`,
	} {
		got := written(t, `[{"extra":`+value+`}]`, table.ListColumns(query.ByMonth), table.ExcelBR)
		if !strings.HasSuffix(got, "\r\n;;;;"+want+"\r\n") {
			t.Errorf("%s: got %q", value, got)
		}
	}
}

func TestTrend(t *testing.T) {
	const list = `[{"id":"c1","parent_id":"p","resource_type":"customers","name":"-A","actual":[1.10,null,-3],` +
		`"total":-1.9,"change":null,"change_ratio":0.5},` +
		`{"id":"c2","actual":["=1",2]},{"id":"c3","actual":{"a":1}},{"id":"c4"},{"id":"c5","actual":[1],"actual":[2]},` +
		`{"id":"c6","actual":[1,2,3,4.5]}]`
	const want = "\ufeffid;parent_id;resource_type;name;2026-08;2026-09;2026-10;total;change;change_ratio\r\n" +
		"c1;p;customers;'-A;1,10;;-3;-1,9;;0,5\r\n" +
		"c2;;;;'=1;2;;;;\r\n" +
		"c3;;;;;;;;;\r\n" +
		"c4;;;;;;;;;\r\n" +
		"c5;;;;;;;;;\r\n" +
		"c6;;;;1;2;3;;;\r\n"
	got := written(t, list, table.TrendColumns([]string{"2026-08", "2026-09", "2026-10"}), table.ExcelBR)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNoArray(t *testing.T) {
	for _, list := range []string{"", "null", "{}", "[", "[] []", `[{"value":"secret"}`, `[{"value":01}]`} {
		text, err := table.Write([]byte(list), table.ListColumns(query.Customers), table.RFC4180)
		if err == nil || text != nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %q, %v", list, text, err)
		}
	}
}
