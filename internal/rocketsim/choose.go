package rocketsim

// asked is a question together with what it selects, as of today.
type asked struct {
	*question
	past      span // the part of the period that has costs
	before    span // the month before it
	resources []*resource
}

// choose applies the filters: all together, or, where the stand-in is lax, only the most specific id, and with one
// stranger's resources coming along.
func (w *world) choose(q *question, today day, lax bool) *asked {
	ids := q.ids
	if lax {
		ids = mostSpecific(ids)
	}
	known := history(today)
	a := &asked{question: q, past: q.period.and(known), before: monthBefore(q.period.first).and(known)}
	var stranger *node
	for _, r := range w.resources {
		if !r.within(ids) || !r.billedAs(q) {
			if lax && stranger == nil && !r.within(ids) {
				stranger = r.path[customers]
			}
			if r.path[customers] != stranger {
				continue
			}
		}
		a.resources = append(a.resources, r)
	}
	return a
}

func (r *resource) within(ids [levels]string) bool {
	for at, id := range ids {
		if id != "" && r.path[at].id != id {
			return false
		}
	}
	return true
}

func (r *resource) billedAs(q *question) bool {
	return (q.invoiceType == "" || r.invoiceType == q.invoiceType) && (len(q.catalogs) == 0 || q.catalogs[r.catalog])
}

func mostSpecific(ids [levels]string) [levels]string {
	var one [levels]string
	for at := levels - 1; at >= 0; at-- {
		if ids[at] != "" {
			one[at] = ids[at]
			break
		}
	}
	return one
}

// amounts are the three figures that Rocket gives for anything.
type amounts struct{ last, actual, forecast Amount }

// amounts forecasts the days to come at the pace of those that have costs, for a year at most: a longer run would overflow.
func (a *asked) amounts(r *resource) amounts {
	actual := r.total(a.past, a.cost)
	forecast := actual
	if gone := a.past.days(); gone > 0 {
		whole := span{a.past.first, min(a.period.last, a.past.last+366)}
		forecast = actual * Amount(whole.days()) / Amount(gone)
	}
	return amounts{last: r.total(a.before, a.cost), actual: actual, forecast: forecast}
}

func (s *amounts) add(o amounts) {
	s.last += o.last
	s.actual += o.actual
	s.forecast += o.forecast
}

func (s amounts) none() bool { return s.last == 0 && s.actual == 0 }
