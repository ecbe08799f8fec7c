package cache

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// tolerance is the largest difference that rounding explains.
const tolerance = 0.005

// monthsOf returns the names of the query's months of its account and provider, for the purge that follows a restatement.
func monthsOf(q *query.Query) []string {
	var names []string
	for _, tag := range q.Tags() {
		if month, ok := strings.CutPrefix(tag, "period:"); ok {
			names = append(names, "restated:"+q.Account+":"+string(q.Provider)+":"+month)
		}
	}
	return names
}

// detectRestatement compares a refetched response about a closed period with the one before. If it has other amounts, whatever else was
// fetched about its months before is stale, at most once in the time that a settling entry is fresh.
func (c *core) detectRestatement(ctx context.Context, q *query.Query, before, e *Entry) {
	closed := before != nil && before.State == Closed && e.State == Closed && !q.Endpoint.Picker
	if !closed || before.Sum == e.Sum || !differ(before.Body, e.Body) {
		return
	}
	c.metrics.restated.WithLabelValues(string(q.Provider)).Inc()
	c.Log.Warn("closed period restated", "account", c.AccountName(q.Account), "provider", string(q.Provider),
		"endpoint", q.Endpoint.Name, "start_time", string(q.Start), "end_time", string(q.End))
	var due []string
	for _, month := range monthsOf(q) {
		if c.Now().Sub(c.purges.last(month)) >= c.Policy.Settling {
			due = append(due, month)
		}
	}
	if len(due) == 0 {
		return
	}
	ids, _ := c.purge(ctx, Purge{restated: due}) // without Redis it is this replica's alone
	e.Seen = append(e.Seen, ids...)              // of what else was purged meanwhile it is hit all the same
}

// differ reports whether two bodies have different amounts. Rows are matched by id, label or name.
func differ(a, b []byte) bool {
	before, after := map[string]float64{}, map[string]float64{}
	for body, amounts := range map[*[]byte]map[string]float64{&a: before, &b: after} {
		var value any
		if json.Unmarshal(*body, &value) != nil {
			return false
		}
		gather(value, "", amounts)
	}
	for path, amount := range after {
		before[path] -= amount
	}
	for _, difference := range before {
		if math.Abs(difference) > tolerance {
			return true
		}
	}
	return false
}

// gather adds up the amounts below value by their path.
func gather(value any, path string, amounts map[string]float64) {
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			gather(element, path+"/"+rowName(element, i), amounts)
		}
	case map[string]any:
		for _, member := range []string{"last", "actual", "forecast", "value"} {
			if n, ok := v[member].(float64); ok {
				amounts[path+"."+member] += n
			}
		}
		if children, ok := v["children"]; ok {
			gather(children, path, amounts)
		}
	}
}

func rowName(row any, position int) string {
	if members, ok := row.(map[string]any); ok {
		for _, name := range []string{"id", "label", "name"} {
			if text, ok := members[name].(string); ok {
				return text
			}
		}
	}
	return strconv.Itoa(position)
}
