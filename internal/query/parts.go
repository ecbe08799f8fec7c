package query

import "reflect"

// Part is a query that a composed one is made from.
type Part struct {
	Name  string // of the member or the month in the body; "" if there is one part alone
	Query Query
}

// Parts returns what a composed query is made from, in the order of the body. Each is as it would be if it were requested alone.
func (q *Query) Parts() []Part {
	switch q.Endpoint {
	case Top:
		return []Part{{"", q.part(Usages)}}
	case Trend:
		parts := make([]Part, len(q.Periods))
		for i, period := range q.Periods {
			month := q.part(Usages)
			month.Start, month.End = period.Start, period.End
			parts[i] = Part{period.Month, month}
		}
		return parts
	case Overview:
		parts := []Part{
			{"indicators", q.part(Indicators)}, {"by_day", q.part(ByDay)}, {"by_category", q.part(ByCategory)}, {"top", q.part(Usages)},
		}
		for i := range parts[:len(parts)-1] {
			parts[i].Query.View = "" // it is that of the top
		}
		return parts
	default:
		return nil
	}
}

// part returns a query to an endpoint with the filters of this one.
func (q *Query) part(e *Endpoint) Query {
	part := Query{Provider: q.Provider, Endpoint: e, Turn: q.Turn, Params: q.Params}
	part.shapeAs(&Params{})
	return part
}

// Resolved returns the composed query with what was resolved for one of its parts, which is complete: for the location, and for the audit.
func (q Query) Resolved(part *Query) Query {
	given := q.Params
	q.Params = part.Params
	q.shapeAs(&given)
	if q.Endpoint == Trend {
		q.Start, q.End = "", ""
	}
	return q
}

// shapeAs takes the parameters over that Rocket's responses do not depend on.
func (p *Params) shapeAs(o *Params) {
	to, from := reflect.ValueOf(p).Elem(), reflect.ValueOf(o).Elem()
	for _, row := range table {
		if row.later && row.Wire == "" {
			to.Field(row.field).Set(from.Field(row.field))
		}
	}
}
