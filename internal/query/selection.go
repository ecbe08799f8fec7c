package query

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// Selection is which rows of a list a caller gets, and in which order. The zero value is all rows in Rocket's order.
type Selection struct {
	Order []SortKey // the first one counts most
	First int       // index of the first row of the page
	Most  int       // rows of the page; zero: there are no pages
}

// SortKey is one member by which rows are sorted.
type SortKey struct {
	Member     int // index in Endpoint.Members
	Descending bool
}

// Selects reports whether the caller gets anything but the whole list in Rocket's order.
func (q *Query) Selects() bool { return len(q.Order) > 0 || q.Most > 0 || q.Q != "" }

const (
	maxSortKeys = 3
	maxLimit    = 1000
	maxOffset   = 1_000_000
	maxSearch   = 100 // characters
)

// The rows of a top.
const (
	defaultTop = 10
	mostTop    = 100
	defaultBy  = "actual"
)

// The order of a Trend's rows.
const defaultTrendOrder = "-total"

func (f *faults) selection(e *Endpoint, p *Params) Selection {
	switch e {
	case Top, Overview:
		return f.largest(e, p)
	case Trend:
		return f.page(e, p, cmp.Or(p.Sort, defaultTrendOrder), 1)
	default:
		return f.page(e, p, p.Sort, maxSortKeys)
	}
}

// largest returns the selection of a Top, and of that in an Overview.
func (f *faults) largest(e *Endpoint, p *Params) Selection {
	most := cmp.Or(f.number("n", p.N, 1, mostTop), defaultTop)
	by := slices.IndexFunc(e.Members, func(m Member) bool { return m.Number && m.Name == cmp.Or(p.By, defaultBy) })
	if by < 0 {
		f.add("by", "must be actual, last or forecast")
		return Selection{}
	}
	return Selection{Order: []SortKey{{by, true}}, Most: most}
}

// page returns the selection of a page whose rows are sorted by so many members at most.
func (f *faults) page(e *Endpoint, p *Params, order string, most int) Selection {
	f.checkText("q", p.Q, maxSearch)
	s := Selection{
		Order: f.sortKeys(e, order, most),
		Most:  f.number("limit", p.Limit, 1, maxLimit),
		First: f.number("offset", p.Offset, 0, maxOffset),
	}
	f.addIf(p.Offset != "" && p.Limit == "", "offset", "needs limit; send both")
	return s
}

// number returns the value of a decimal number without a sign, or zero if it is absent or wrong.
func (f *faults) number(name, text string, least, most int) int {
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most || strconv.Itoa(n) != text {
		f.add(name, "must be a whole number from "+strconv.Itoa(least)+" to "+strconv.Itoa(most))
		return 0
	}
	return n
}

// sortKeys reads a list of members as in -actual,name.
func (f *faults) sortKeys(e *Endpoint, text string, most int) (keys []SortKey) {
	if text == "" {
		return nil
	}
	for name := range strings.SplitSeq(text, ",") {
		name, descending := strings.CutPrefix(name, "-")
		i := slices.IndexFunc(e.Members, func(m Member) bool { return m.Name == name })
		if i < 0 {
			f.add("sort", unsorted(e, most))
			return nil
		}
		f.addIf(slices.ContainsFunc(keys, func(k SortKey) bool { return k.Member == i }), "sort", "has "+name+" more than once; send it once")
		keys = append(keys, SortKey{i, descending})
	}
	switch {
	case len(keys) <= most:
	case most == 1:
		f.add("sort", unsorted(e, most))
	default:
		f.add("sort", "has more than "+strconv.Itoa(most)+" members; use at most "+strconv.Itoa(most))
	}
	return keys
}

// unsorted returns what the value of sort has to be.
func unsorted(e *Endpoint, most int) string {
	var names []string
	for _, m := range e.Members {
		names = append(names, m.Name)
	}
	if most == 1 {
		return "must be one of " + strings.Join(names, ", ") + ", with a '-' before it for descending order"
	}
	return "must be members of " + strings.Join(names, ", ") + ", separated by commas, each with a '-' before it for descending order"
}
