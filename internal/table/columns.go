package table

import "github.com/rocket-gateway/rocket-gateway/internal/query"

// Column is a column of a table: a member of the rows, or one element of a member that is an array.
type Column struct {
	name    string // in the header row
	member  string
	element int  // of the member, from 1; 0: the column is the whole member
	json    bool // fields are the JSON text of the values, whatever these are
}

// ListColumns returns the columns of a list of the endpoint, or nil if its responses are no lists.
func ListColumns(e *query.Endpoint) []Column {
	switch {
	case e.Shape != query.List:
		return nil
	case e.Picker:
		return members("value", "label")
	case e == query.Usages:
		return append(members("id", "parent_id", "parent_name", "resource_type", "type", "name", "last", "actual", "forecast", "leaf"), extra)
	default:
		return append(members("label", "value", "type", "markup_reference"), extra)
	}
}

// TrendColumns returns the columns of a trend over these periods, which are the elements of the member actual of its rows.
func TrendColumns(periods []string) []Column {
	all := members("id", "parent_id", "resource_type", "name")
	for i, period := range periods {
		all = append(all, Column{name: period, member: "actual", element: i + 1})
	}
	return append(all, members("total", "change", "change_ratio")...)
}

// extra has no fixed members, so it is not split into columns.
var extra = Column{name: "extra", member: "extra", json: true}

func members(names ...string) (all []Column) {
	for _, name := range names {
		all = append(all, Column{name: name, member: name})
	}
	return all
}
