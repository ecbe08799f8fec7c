package cache

import (
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// tolerance is the difference that rounding explains.
const tolerance = 0.005

// months names the question's months together with whose they are, for the purge that follows a restatement.
func months(q *query.Query) []string {
	var names []string
	for _, tag := range q.Tags() {
		if month, ok := strings.CutPrefix(tag, "period:"); ok {
			names = append(names, "restated:"+q.Account+":"+string(q.Provider)+":"+month)
		}
	}
	return names
}

// compare looks for a restatement: a refetched answer about a closed period that has other amounts. Whatever else was fetched
// about its months before is then stale, at most once in the time that a settling answer is fresh.
func (c *Cache) compare(ctx context.Context, q *query.Query, kept, e *Entry) {
	if kept == nil || kept.State != Closed || e.State != Closed || q.Endpoint.Picker || kept.sum == e.sum || !differ(kept.Body, e.Body) {
		return
	}
	if c.OnRestatement != nil {
		c.OnRestatement(q)
	}
	var due []string
	for _, month := range months(q) {
		if c.Now().Sub(c.purged.last(month)) >= c.Policy.Settling {
			due = append(due, month)
		}
	}
	if len(due) == 0 {
		return
	}
	ids, _ := c.purge(ctx, Purge{restated: due}) // without Redis it is this replica's alone
	e.seen = append(e.seen, ids...)              // of what else was purged meanwhile it is hit all the same
}

// differ says whether two bodies hold other amounts. Rows are matched by id, label or name.
func differ(a, b []byte) bool {
	before, after := map[string]float64{}, map[string]float64{}
	for body, amounts := range map[*[]byte]map[string]float64{&a: before, &b: after} {
		var value any
		if json.Unmarshal(*body, &value) != nil {
			return false
		}
		gather(value, "", amounts)
	}
	for at, amount := range before {
		if math.Abs(amount-after[at]) > tolerance {
			return true
		}
		delete(after, at)
	}
	for _, amount := range after {
		if math.Abs(amount) > tolerance {
			return true
		}
	}
	return false
}

// gather adds up the amounts below value by where they stand.
func gather(value any, at string, amounts map[string]float64) {
	switch v := value.(type) {
	case []any:
		for i, element := range v {
			gather(element, at+"/"+rowName(element, i), amounts)
		}
	case map[string]any:
		for _, member := range []string{"last", "actual", "forecast", "value"} {
			if n, ok := v[member].(float64); ok {
				amounts[at+"."+member] += n
			}
		}
		if children, ok := v["children"]; ok {
			gather(children, at, amounts)
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
