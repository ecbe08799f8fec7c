package rocketsim

import (
	"math/rand/v2"
	"reflect"
	"slices"
)

// pageRows is the size of a page of lists.
const pageRows = 10

// responseMutations change responses.
var responseMutations = map[string]func(m *mutable, response any) any{
	"lists-paged":          func(_ *mutable, response any) any { return firstPage(response) },
	"usages-paged":         ofSeveralUsages(func(rows []*usageRow) []*usageRow { return rows[:min(len(rows), pageRows)] }),
	"pickers-paged":        pageOfPickers,
	"rows-of-two-types":    ofSeveralUsages(func(rows []*usageRow) []*usageRow { rows[0].ResourceType = "tenants"; return rows }),
	"rows-contain-others":  ofSeveralUsages(withParents),
	"row-repeated":         ofSeveralUsages(func(rows []*usageRow) []*usageRow { return append(rows, rows[0]) }),
	"choice-repeated":      repeatChoice,
	"empty-list-is-null":   nullForEmpty,
	"indicators-differ":    addCentToIndicators,
	"days-differ":          addCentToFirstDay,
	"response-never-twice": ofSeveralUsages(withRandomEstimate),
}

func firstPage(response any) any {
	switch rows := response.(type) {
	case []*usageRow:
		return rows[:min(len(rows), pageRows)]
	case []pickerRow:
		return rows[:min(len(rows), pageRows)]
	case []breakdownRow:
		return rows[:min(len(rows), pageRows)]
	}
	return response
}

func pageOfPickers(m *mutable, response any) any {
	if m.picker() {
		return firstPage(response)
	}
	return response
}

// ofSeveralUsages returns a mutation of usages that leaves responses with one row, or none, as they are.
func ofSeveralUsages(change func([]*usageRow) []*usageRow) func(*mutable, any) any {
	return func(_ *mutable, response any) any {
		if rows, ok := response.([]*usageRow); ok && len(rows) > 1 {
			return change(rows)
		}
		return response
	}
}

// withParents adds a row for each parent, of the same type, which contains its children.
func withParents(rows []*usageRow) []*usageRow {
	parents := map[string]*usageRow{}
	for _, row := range slices.Clone(rows) {
		parent := parents[row.ParentID]
		if parent == nil {
			parent = &usageRow{ID: row.ParentID, ResourceType: row.ResourceType, Type: row.Type, Name: row.ParentID}
			parents[row.ParentID], rows = parent, append(rows, parent)
		}
		parent.Last += row.Last
		parent.Actual += row.Actual
		parent.Forecast += row.Forecast
	}
	return rows
}

func repeatChoice(_ *mutable, response any) any {
	if rows, ok := response.([]pickerRow); ok && len(rows) > 1 {
		return append(rows, rows[0])
	}
	return response
}

func nullForEmpty(_ *mutable, response any) any {
	if list := reflect.ValueOf(response); list.Kind() == reflect.Slice && list.Len() == 0 {
		return nil
	}
	return response
}

func addCentToIndicators(_ *mutable, response any) any {
	if total, ok := response.(indicators); ok && total.Actual > 0 {
		total.Actual += one / 100
		return total
	}
	return response
}

func addCentToFirstDay(m *mutable, response any) any {
	if rows, ok := response.([]breakdownRow); ok && m.endpoint == "by-day" && len(rows) > 1 {
		rows[0].Value += one / 100
	}
	return response
}

func withRandomEstimate(rows []*usageRow) []*usageRow {
	rows[0].Extra.Estimate = Amount(rand.Int64N(int64(one)))
	return rows
}
