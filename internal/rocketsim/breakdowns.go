package rocketsim

import (
	"cmp"
	"slices"
)

type breakdownRow struct {
	Label           string   `json:"label"`
	Value           Amount   `json:"value"`
	Type            string   `json:"type"`
	MarkupReference string   `json:"markup_reference"`
	Extra           struct{} `json:"extra"`
}

// byDay gives a row for each day so far, in order.
func (a *asked) byDay() any { return a.over(day.String) }

// byMonth gives a row for each month so far, in order.
func (a *asked) byMonth() any { return a.over(day.month) }

func (a *asked) over(label func(day) string) any {
	rows := []breakdownRow{}
	if len(a.resources) == 0 {
		return rows
	}
	for d := a.past.first; d <= a.past.last; d++ {
		if l := label(d); len(rows) == 0 || rows[len(rows)-1].Label != l {
			rows = append(rows, breakdownRow{Label: l, Type: "actual", MarkupReference: a.markup})
		}
		at := &rows[len(rows)-1]
		for _, r := range a.resources {
			at.Value += r.price(r.bought(d), a.cost)
		}
	}
	return rows
}

// byPublisher gives a row for each seller and catalog, the dearest first.
func (a *asked) byPublisher() any {
	sums := map[[2]string]Amount{}
	for _, r := range a.resources {
		if total := r.total(a.past, a.cost); total > 0 {
			sums[[2]string{r.service.publisher, r.catalog}] += total
		}
	}
	rows := []breakdownRow{}
	for by, sum := range sums {
		rows = append(rows, breakdownRow{Label: by[0], Value: sum, Type: by[1], MarkupReference: a.markup})
	}
	slices.SortFunc(rows, func(x, y breakdownRow) int {
		return cmp.Or(cmp.Compare(y.Value, x.Value), cmp.Compare(x.Label, y.Label))
	})
	return rows
}

type tree struct {
	Name     string  `json:"name"`
	Value    *Amount `json:"value,omitempty"`
	Children []*tree `json:"children,omitempty"`
}

func newTree(name string) *tree { return &tree{Name: name, Value: new(Amount)} }

// child gives the child of that name, a new one where there is none.
func (t *tree) child(name string) *tree {
	for _, c := range t.Children {
		if c.Name == name {
			return c
		}
	}
	c := newTree(name)
	t.Children = append(t.Children, c)
	return c
}

func (t *tree) sort() *tree {
	slices.SortFunc(t.Children, func(x, y *tree) int { return cmp.Compare(x.Name, y.Name) })
	for _, c := range t.Children {
		c.sort()
	}
	return t
}

// byCategory is a tree of categories and their services.
func (a *asked) byCategory() any {
	root := newTree("categories")
	a.grow(func(r *resource, total Amount) {
		category := root.child(r.service.category)
		*root.Value += total
		*category.Value += total
		*category.child(r.service.name).Value += total
	})
	return root.sort()
}

// byTag is a tree of tag keys and their values; every key covers the whole amount.
func (a *asked) byTag() any {
	root := newTree("tags")
	a.grow(func(r *resource, total Amount) {
		*root.Value += total
		for key, value := range map[string]string{"environment": r.environment, "cost-center": r.costCenter} {
			tag := root.child(key)
			*tag.Value += total
			*tag.child(value).Value += total
		}
	})
	return root.sort()
}

func (a *asked) grow(add func(*resource, Amount)) {
	for _, r := range a.resources {
		if total := r.total(a.past, a.cost); total > 0 {
			add(r, total)
		}
	}
}
