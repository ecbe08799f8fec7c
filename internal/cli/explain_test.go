package cli

import "testing"

func TestExplainWithoutAQueryHasAnExample(t *testing.T) {
	for _, args := range [][]string{{"explain"}, {"explain", "--json"}, {"explain", ""}} {
		execute(t.Context(), nil, args...).want(t, 2, "", `^gateway: explain: a query is required, as in gateway explain '/v1/[^\n]*'\n$`)
	}
}
