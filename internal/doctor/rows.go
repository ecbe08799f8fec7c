package doctor

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
)

// usage is what the assumptions need of a row of usages.
type usage struct {
	ID           string `json:"id"`
	ParentID     string `json:"parent_id"`
	ResourceType string `json:"resource_type"`
}

// amount is what they need of a row of by-day.
type amount struct {
	Label string  `json:"label"`
	Value float64 `json:"value"`
}

// totals is what they need of indicators.
type totals struct {
	Actual float64 `json:"actual"`
}

// choice is what they need of a row of a picker.
type choice struct {
	Value string `json:"value"`
}

// same says whether two sums agree but for how they were rounded.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }

// equal says whether two lists have the same rows, by their meaning, in any order.
func equal(a, b []byte) bool {
	return slices.Equal(canonical(a), canonical(b))
}

func canonical(body []byte) (rows []string) {
	var all []any
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if decoder.Decode(&all) != nil {
		return nil
	}
	for _, row := range all {
		text, _ := json.Marshal(row) // what was read can be written; the members come sorted
		rows = append(rows, string(text))
	}
	slices.Sort(rows)
	return rows
}
