package rocketsim

import (
	"cmp"
	"slices"
)

type usageRow struct {
	ID           string `json:"id"`
	ParentID     string `json:"parent_id"`
	ParentName   string `json:"parent_name,omitempty"`
	ResourceType string `json:"resource_type"`
	Type         string `json:"type"`
	Name         string `json:"name"`
	amounts
	Leaf  bool  `json:"leaf"`
	Extra extra `json:"extra"`
}

type extra struct {
	Alias    *string `json:"alias"`
	Estimate Amount  `json:"estimate"`
}

// amounts are the figures that Rocket reports for each row.
type amounts struct {
	Last     Amount `json:"last"`
	Actual   Amount `json:"actual"`
	Forecast Amount `json:"forecast"`
}

// add adds the amounts of a resource. The forecast extrapolates the days that have costs, by a year at most: more would overflow.
func (a *amounts) add(s *selection, r *resource) {
	actual := r.total(s.past, s.cost)
	forecast := actual
	if gone := s.past.days(); gone > 0 {
		whole := span{s.past.first, min(s.period.last, s.past.last+366)}
		forecast = actual * Amount(whole.days()) / Amount(gone)
	}
	a.Last += r.total(s.before, s.cost)
	a.Actual += actual
	a.Forecast += forecast
}

// usages returns a row for each node of the view's level that has costs, by name.
func (s *selection) usages() any {
	rows, of := []*usageRow{}, map[*node]*usageRow{}
	for _, r := range s.resources {
		n := r.path[s.view]
		row := of[n]
		if row == nil {
			row = &usageRow{ID: n.id, ResourceType: s.viewName, Type: cmp.Or(s.invoiceType, "1"), Name: n.name, Leaf: s.view == resources}
			if s.view > distributors {
				row.ParentID = r.path[s.view-1].id
			}
			if s.view > customers {
				row.ParentName = r.path[s.view-1].name
			}
			of[n], rows = row, append(rows, row)
		}
		row.add(s, r)
	}
	rows = slices.DeleteFunc(rows, func(r *usageRow) bool { return r.Last == 0 && r.Actual == 0 })
	for _, row := range rows {
		row.Extra.Estimate = row.Forecast.perMille(1040).cents()
	}
	// Stable, since groups of different subscriptions share their name and id.
	slices.SortStableFunc(rows, func(x, y *usageRow) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return rows
}

type pickerRow struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// picker returns the nodes of a level that have costs in the period, by name. The view does not matter.
func (s *selection) picker(at level) any {
	seen := map[*node]bool{}
	rows := []pickerRow{}
	for _, r := range s.resources {
		n := r.path[at]
		if !seen[n] && r.total(s.past, s.cost) > 0 {
			seen[n] = true
			rows = append(rows, pickerRow{Label: n.name, Value: n.id})
		}
	}
	slices.SortFunc(rows, func(x, y pickerRow) int { return cmp.Or(cmp.Compare(x.Label, y.Label), cmp.Compare(x.Value, y.Value)) })
	return rows
}

type indicators struct {
	Type             string `json:"type,omitempty"`
	Last             Amount `json:"last"`
	LastExchangeRate Amount `json:"lastExchangeRate"`
	Actual           Amount `json:"actual"`
	ExchangeRate     Amount `json:"exchangeRate"`
	Forecast         Amount `json:"forecast"`
	LastQuantity     Amount `json:"last_quantity"`
	ActualQuantity   Amount `json:"actual_quantity"`
}

// totals returns the sums of all resources.
func (s *selection) totals() any {
	var sum amounts
	total := indicators{
		Type: s.invoiceType, LastExchangeRate: exchangeRate(s.before.first), ExchangeRate: exchangeRate(s.period.first),
	}
	for _, r := range s.resources {
		sum.add(s, r)
		total.LastQuantity += r.quantity(s.before)
		total.ActualQuantity += r.quantity(s.past)
	}
	total.Last, total.Actual, total.Forecast = sum.Last, sum.Actual, sum.Forecast
	return total
}

// exchangeRate returns the price of one USD in BRL in the month of d.
func exchangeRate(d day) Amount {
	t := d.time()
	return 5*one + Amount(mix(7, t.Year()*12+int(t.Month()))%9000)*(one/10000)
}

type breakdownRow struct {
	Label           string   `json:"label"`
	Value           Amount   `json:"value"`
	Type            string   `json:"type"`
	MarkupReference string   `json:"markup_reference"`
	Extra           struct{} `json:"extra"`
}

// byLabel returns a row for each day or month so far, in order.
func (s *selection) byLabel(label func(day) string) any {
	rows := []breakdownRow{}
	if len(s.resources) == 0 {
		return rows
	}
	for d := s.past.first; d <= s.past.last; d++ {
		if l := label(d); len(rows) == 0 || rows[len(rows)-1].Label != l {
			rows = append(rows, breakdownRow{Label: l, Type: "actual", MarkupReference: s.costName})
		}
		row := &rows[len(rows)-1]
		for _, r := range s.resources {
			row.Value += r.price(r.bought(d), s.cost)
		}
	}
	return rows
}

// byPublisher returns a row for each seller and catalog, the most expensive first.
func (s *selection) byPublisher() any {
	sums := map[[2]string]Amount{}
	for _, r := range s.resources {
		if total := r.total(s.past, s.cost); total > 0 {
			sums[[2]string{r.service.publisher, r.catalog}] += total
		}
	}
	rows := []breakdownRow{}
	for by, sum := range sums {
		rows = append(rows, breakdownRow{Label: by[0], Value: sum, Type: by[1], MarkupReference: s.costName})
	}
	slices.SortFunc(rows, func(x, y breakdownRow) int {
		return cmp.Or(cmp.Compare(y.Value, x.Value), cmp.Compare(x.Label, y.Label))
	})
	return rows
}

type tree struct {
	Name     string  `json:"name"`
	Value    Amount  `json:"value"`
	Children []*tree `json:"children,omitempty"`
}

// add adds an amount to the node and to its descendants along a path of names.
func (t *tree) add(amount Amount, path ...string) {
	t.Value += amount
	if len(path) > 0 {
		t.child(path[0]).add(amount, path[1:]...)
	}
}

// child returns the child with a name, and creates it if necessary. Children are sorted.
func (t *tree) child(name string) *tree {
	i, found := slices.BinarySearchFunc(t.Children, name, func(c *tree, name string) int { return cmp.Compare(c.Name, name) })
	if !found {
		t.Children = slices.Insert(t.Children, i, &tree{Name: name})
	}
	return t.Children[i]
}

// byCategory returns a tree of categories and their services.
func (s *selection) byCategory() any {
	root := &tree{Name: "categories"}
	for _, r := range s.resources {
		if total := r.total(s.past, s.cost); total > 0 {
			root.add(total, r.service.category, r.service.name)
		}
	}
	return root
}

// byTag returns a tree of tag keys and their values; every key covers the whole amount.
func (s *selection) byTag() any {
	root := &tree{Name: "tags"}
	for _, r := range s.resources {
		if total := r.total(s.past, s.cost); total > 0 {
			root.Value += total
			root.child("environment").add(total, r.environment)
			root.child("cost-center").add(total, r.costCenter)
		}
	}
	return root
}
