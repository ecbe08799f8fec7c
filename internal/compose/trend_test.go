package compose_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const none = `"total":null,"change":null,"change_ratio":null`

// The rows and the total of two months each.
func TestTrend(t *testing.T) {
	for _, tt := range []struct{ name, before, last, rows, total string }{
		{"no rows", "[]", " [ ] ", ``, `"actual":[null,null],` + none},
		{
			"Rocket's digits stay, what is computed is plain", `[{"id":"a","actual":1.50}]`, `[{"id":"a","actual":1e3}]`,
			`"a",null,null,null,[1.50,1e3],"total":1001.5,"change":998.5,"change_ratio":665.6667`,
			`"actual":[1.5,1000],"total":1001.5,"change":998.5,"change_ratio":665.6667`,
		},
		{
			"a negative zero", `[{"id":"a","actual":-0}]`, `[{"id":"a","actual":-0.0}]`,
			`"a",null,null,null,[-0,-0.0],"total":0,"change":0,"change_ratio":null`, `"actual":[0,0],"total":0,"change":0,"change_ratio":null`,
		},
		{
			"a month that lacks the row counts as 0", `[{"id":"a","actual":2}]`, `[]`,
			`"a",null,null,null,[2,null],"total":2,"change":-2,"change_ratio":-1`, `"actual":[2,null],"total":2,"change":-2,"change_ratio":-1`,
		},
		{
			"there is no ratio to a month without the row", `[]`, `[{"id":"a","actual":2}]`,
			`"a",null,null,null,[null,2],"total":2,"change":2,"change_ratio":null`, `"actual":[null,2],"total":2,"change":2,"change_ratio":null`,
		},
		{
			"the ratio is to the absolute value", `[{"id":"a","actual":-4}]`, `[{"id":"a","actual":-3}]`,
			`"a",null,null,null,[-4,-3],"total":-7,"change":1,"change_ratio":0.25`, `"actual":[-4,-3],"total":-7,"change":1,"change_ratio":0.25`,
		},
		{
			"the ratio is rounded half away from zero", `[{"id":"a","actual":20000},{"id":"b","actual":20000},{"id":"c","actual":20001}]`,
			`[{"id":"a","actual":20001},{"id":"b","actual":19999},{"id":"c","actual":20000}]`,
			`"a",null,null,null,[20000,20001],"total":40001,"change":1,"change_ratio":0.0001` + "\n" +
				`"b",null,null,null,[20000,19999],"total":39999,"change":-1,"change_ratio":-0.0001` + "\n" +
				`"c",null,null,null,[20001,20000],"total":40001,"change":-1,"change_ratio":0`,
			`"actual":[60001,60000],"total":120001,"change":-1,"change_ratio":0`,
		},
		{
			"no number is like no row, but for the texts", `[{"id":"a","actual":"7","name":"old"}]`, `[{"id":"a","actual":1e401,"name":"new"}]`,
			`"a",null,null,"new",[null,null],` + none, `"actual":[null,null],` + none,
		},
		{
			"texts come from the newest month that has the row", `[{"id":"a","parent_id":"p","name":"old","actual":1},{"id":"b","name":{ }}]`,
			`[{"id":"\u0061","name":"new \u00e9"},{"id":"a","name":"second"}]`,
			`"\u0061",null,null,"new \u00e9",[1,null],"total":1,"change":-1,"change_ratio":-1` + "\n" + `"b",null,null,{ },[null,null],` + none,
			`"actual":[1,null],"total":1,"change":-1,"change_ratio":-1`,
		},
		{
			"rows without an id count in the total alone", `[{"actual":1},{"id":null,"actual":2},{"id":"a","id":"a","actual":4},8]`,
			`[{"ID":"a","actual":0.5}]`,
			``, `"actual":[7,0.5],"total":7.5,"change":-6.5,"change_ratio":-0.9286`,
		},
		{
			"a number is not the text of its digits", `[{"id":1,"actual":1},{"id":"1","actual":2},{"id":"","actual":4}]`, `[{"id":1,"actual":8}]`,
			`"",null,null,null,[4,null],"total":4,"change":-4,"change_ratio":-1` + "\n" +
				`"1",null,null,null,[2,null],"total":2,"change":-2,"change_ratio":-1` + "\n" +
				`1,null,null,null,[1,8],"total":9,"change":7,"change_ratio":7`,
			`"actual":[7,8],"total":15,"change":1,"change_ratio":0.1429`,
		},
		{
			"halves of surrogate pairs differ", `[{"id":"\ud800","actual":1}]`, `[{"id":"\udc00","actual":1},{"id":"\"\\ud800\"","actual":1}]`,
			`"\"\\ud800\"",null,null,null,[null,1],"total":1,"change":1,"change_ratio":null` + "\n" +
				`"\ud800",null,null,null,[1,null],"total":1,"change":-1,"change_ratio":-1` + "\n" +
				`"\udc00",null,null,null,[null,1],"total":1,"change":1,"change_ratio":null`,
			`"actual":[1,2],"total":3,"change":1,"change_ratio":1`,
		},
		{
			"one id of several types",
			`[{"id":"a","resource_type":"s","actual":1},{"id":"a","actual":2},{"id":"a","resource_type":null,"actual":3}]`,
			`[{"id":"a","resource_type":"\u0073","actual":4},{"id":"a","resource_type":"c"}]`,
			`"a",null,null,null,[5,null],"total":5,"change":-5,"change_ratio":-1` + "\n" + `"a",null,"c",null,[null,null],` + none + "\n" +
				`"a",null,"\u0073",null,[1,4],"total":5,"change":3,"change_ratio":3`,
			`"actual":[6,4],"total":10,"change":-2,"change_ratio":-0.3333`,
		},
		{
			"a pair twice in one month is one row",
			`[{"id":"a","actual":0.10},{"id":"a","actual":0.20},{"id":"b","actual":1.0},{"id":"b","actual":null}]`, `[]`,
			`"a",null,null,null,[0.3,null],"total":0.3,"change":-0.3,"change_ratio":-1` + "\n" +
				`"b",null,null,null,[1.0,null],"total":1,"change":-1,"change_ratio":-1`,
			`"actual":[1.3,null],"total":1.3,"change":-1.3,"change_ratio":-1`,
		},
		{
			"the order is that of bytes", `[{"id":"é"},{"id":"b"},{"id":"a2"},{"id":"a10"},{"id":"B"}]`, `[]`,
			strings.Join([]string{
				`"B",null,null,null,[null,null],` + none, `"a10",null,null,null,[null,null],` + none, `"a2",null,null,null,[null,null],` + none,
				`"b",null,null,null,[null,null],` + none, `"é",null,null,null,[null,null],` + none,
			}, "\n"),
			`"actual":[null,null],` + none,
		},
	} {
		rows, body := trend(t, true, tt.before, tt.last)
		if diff := cmp.Diff(expanded(tt.rows), rows); diff != "" {
			t.Errorf("%s: -want +got:\n%s", tt.name, diff)
		}
		if _, total, _ := strings.Cut(body, `],"total":`); !strings.HasSuffix(body, `,"total":{`+tt.total+"}}") {
			t.Errorf("%s: got the total %s, want %s", tt.name, total, tt.total)
		}
	}
}

// expanded returns rows that are one a line, without the names of their first members.
func expanded(lines string) string {
	if lines == "" {
		return "[]"
	}
	var all []string
	for line := range strings.Lines(lines) {
		values := strings.SplitN(strings.TrimSuffix(line, "\n"), ",", 5)
		for i, name := range []string{"id", "parent_id", "resource_type", "name", "actual"} {
			values[i] = `"` + name + `":` + values[i]
		}
		all = append(all, "{"+strings.Join(values, ",")+"}")
	}
	return "[" + strings.Join(all, ",") + "]"
}

func TestTrendOfMonthsThatDoNotCompare(t *testing.T) {
	rows, body := trend(t, false, `[{"id":"a","actual":1}]`, `[{"id":"a","actual":3}]`)
	const want = `"actual":[1,3],"total":4,"change":null,"change_ratio":null}`
	if !strings.HasSuffix(rows, want+"]") || !strings.HasSuffix(body, want+"}") || !strings.Contains(body, `"comparable":false`) {
		t.Errorf("got %s", body)
	}
}

func TestChangeIsThatOfTheLastTwoMonths(t *testing.T) {
	rows, _ := trend(t, true, `[{"id":"a","actual":1},{"id":"b","actual":5}]`, `[{"id":"a","actual":2}]`, `[{"id":"a","actual":5}]`)
	if want := expanded(`"a",null,null,null,[1,2,5],"total":8,"change":3,"change_ratio":1.5` + "\n" +
		`"b",null,null,null,[5,null,null],"total":5,"change":null,"change_ratio":null`); rows != want {
		t.Errorf("got %s, want %s", rows, want)
	}
}

func TestTrendBody(t *testing.T) {
	months := []compose.Month{
		{
			Period: "2026-09", Start: "2026-09-01", End: "2026-09-30", State: "closed",
			Body: []byte(`[{"id":"a","actual":1},{"id":"b","actual":2}]`),
		},
		{Period: "2026-10", Start: "2026-10-01", End: "2026-10-31", State: "settling", Body: []byte("[]")},
	}
	trend, err := compose.NewTrend(context.Background(), months, true)
	if err != nil {
		t.Fatal(err)
	}
	const some = `[{"some":"rows"}]`
	body, tagged := trend.Body("BRL", []byte(some))
	const want = `{"currency":"BRL","months":[{"period":"2026-09","start_time":"2026-09-01","end_time":"2026-09-30","state":"closed"},` +
		`{"period":"2026-10","start_time":"2026-10-01","end_time":"2026-10-31","state":"settling"}],"comparable":true,"rows":` + some +
		`,"total":{"actual":[3,null],"total":3,"change":-3,"change_ratio":-1}}`
	if string(body) != want {
		t.Errorf("got  %s\nwant %s", body, want)
	}
	stateless := strings.NewReplacer(`,"state":"closed"`, "", `,"state":"settling"`, "").Replace(want)
	if string(tagged) != stateless {
		t.Errorf("got  %s\nwant %s", tagged, stateless)
	}
	if body, _ := trend.Body("", trend.Rows()); !strings.HasPrefix(string(body), `{"months":[`) || !json.Valid(body) {
		t.Errorf("got %s", body)
	}
}

func TestTrendOfNoArray(t *testing.T) {
	for _, body := range noArrays {
		months := []compose.Month{{Period: "2026-09", Body: []byte("[]")}, {Period: "2026-10", Body: []byte(body)}}
		_, err := compose.NewTrend(context.Background(), months, true)
		if f := fault.Of(err); f.Part != "2026-10" || f.Kind != fault.UpstreamInvalidResponse || strings.Contains(f.Error(), "secret") {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// A caller that disconnects stops the work.
func TestTrendOfADisconnectedCaller(t *testing.T) {
	ctx, disconnect := context.WithCancel(context.Background())
	disconnect()
	if _, err := compose.NewTrend(ctx, []compose.Month{{Body: []byte(`[{"id":1}]`)}}, true); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
