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
	Last         Amount `json:"last"`
	Actual       Amount `json:"actual"`
	Forecast     Amount `json:"forecast"`
	Leaf         bool   `json:"leaf"`
	Extra        extra  `json:"extra"`
}

type extra struct {
	Alias    *string `json:"alias"`
	Estimate Amount  `json:"estimate"`
}

// usages gives one row for each node of the view's level that cost anything, by name.
func (a *asked) usages() any {
	sums, sample := map[*node]*amounts{}, []*resource{} // one of each node's resources, in the world's order
	for _, r := range a.resources {
		n := r.path[a.view]
		if sums[n] == nil {
			sums[n], sample = &amounts{}, append(sample, r)
		}
		sums[n].add(a.amounts(r))
	}
	rows := make([]usageRow, 0, len(sums))
	for _, r := range sample {
		n, sum := r.path[a.view], sums[r.path[a.view]]
		if sum.none() {
			continue
		}
		row := usageRow{
			ID: n.id, ResourceType: viewName(a.view), Type: cmp.Or(a.invoiceType, "1"), Name: n.name,
			Last: sum.last, Actual: sum.actual, Forecast: sum.forecast, Leaf: a.view == resources,
			Extra: extra{Estimate: sum.forecast.perMille(1040).cents()},
		}
		if a.view > distributors {
			parent := r.path[a.view-1]
			row.ParentID = parent.id
			if a.view > customers {
				row.ParentName = parent.name
			}
		}
		rows = append(rows, row)
	}
	// Stable, since groups of different subscriptions share their name and id.
	slices.SortStableFunc(rows, func(x, y usageRow) int { return cmp.Or(cmp.Compare(x.Name, y.Name), cmp.Compare(x.ID, y.ID)) })
	return rows
}

func viewName(l level) string {
	for name, at := range views {
		if at == l {
			return name
		}
	}
	return ""
}

type pickerRow struct {
	Label string `json:"label"`
	Value string `json:"value"`
}

// picker gives the nodes of a level that cost anything in the period, by name. The view does not matter here.
func (a *asked) picker(at level) any {
	seen := map[*node]bool{}
	rows := []pickerRow{}
	for _, r := range a.resources {
		n := r.path[at]
		if !seen[n] && r.total(a.past, a.cost) > 0 {
			seen[n] = true
			rows = append(rows, pickerRow{Label: n.name, Value: n.id})
		}
	}
	slices.SortFunc(rows, func(x, y pickerRow) int { return cmp.Or(cmp.Compare(x.Label, y.Label), cmp.Compare(x.Value, y.Value)) })
	return rows
}

type indicators struct {
	Type             string  `json:"type,omitempty"`
	Last             Amount  `json:"last"`
	LastExchangeRate *Amount `json:"lastExchangeRate"`
	Actual           Amount  `json:"actual"`
	ExchangeRate     *Amount `json:"exchangeRate"`
	Forecast         Amount  `json:"forecast"`
	LastQuantity     Amount  `json:"last_quantity"`
	ActualQuantity   Amount  `json:"actual_quantity"`
}

// totals sums everything up.
func (a *asked) totals() any {
	var sum amounts
	total := indicators{
		Type: a.invoiceType, LastExchangeRate: exchangeRate(a.before.first), ExchangeRate: exchangeRate(a.period.first),
	}
	for _, r := range a.resources {
		sum.add(a.amounts(r))
		total.LastQuantity += r.quantity(a.before)
		total.ActualQuantity += r.quantity(a.past)
	}
	total.Last, total.Actual, total.Forecast = sum.last, sum.actual, sum.forecast
	return total
}

// exchangeRate is BRL for one USD in the month of d.
func exchangeRate(d day) *Amount {
	t := d.time()
	rate := 5*one + Amount(mix(7, t.Year()*12+int(t.Month()))%9000)*(one/10000)
	return &rate
}
