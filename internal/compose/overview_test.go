package compose_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
)

func TestOverview(t *testing.T) {
	period := compose.Period{Start: "2026-10-01", End: "2026-10-31", State: "settling"}
	const head = `"period":{"start_time":"2026-10-01","end_time":"2026-10-31","state":"settling"}`
	part := func(name, body string) compose.Part { return compose.Part{Name: name, Body: []byte(body)} }
	omitted := func(name, reason string) compose.Part { return compose.Part{Name: name, Reason: reason} }
	for _, tt := range []struct {
		currency string
		parts    []compose.Part
		want     string
	}{
		{"", nil, `{` + head + `,"omitted":[]}`},
		{
			"BRL", []compose.Part{
				part("indicators", `{ "last":1.50}`), part("by_day", "[]"), part("by_category", "null"), part("top", `{"rows":[]}`),
			},
			`{"currency":"BRL",` + head + `,"indicators":{ "last":1.50},"by_day":[],"by_category":null,"top":{"rows":[]},"omitted":[]}`,
		},
		{
			"", []compose.Part{omitted("indicators", `Name one of "a", "b".`), omitted("by_day", "é\n"), part("top", "{}")},
			`{` + head + `,"indicators":null,"by_day":null,"top":{},"omitted":[{"part":"indicators","reason":"Name one of \"a\", \"b\"."},` +
				`{"part":"by_day","reason":"é\n"}]}`,
		},
	} {
		if got := string(compose.Overview(tt.currency, period, tt.parts)); got != tt.want {
			t.Errorf("got  %s\nwant %s", got, tt.want)
		}
	}
}
