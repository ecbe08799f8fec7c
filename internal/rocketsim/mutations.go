package rocketsim

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// mutable is a query, and what else a mutation may read or change of a request.
type mutable struct {
	*query
	world    *world
	endpoint string // path below the provider
	today    day
}

func (m *mutable) breakdown() bool { return strings.HasPrefix(m.endpoint, "by-") }

func (m *mutable) picker() bool {
	return strings.HasPrefix(m.endpoint, "filters/") || m.endpoint == "resellers"
}

// queryMutations change what the simulator takes a query to mean.
var queryMutations = map[string]func(*mutable){
	"filters-most-specific":        func(m *mutable) { m.ids = mostSpecific(m.ids) },
	"unknown-id-ignored":           (*mutable).ignoreUnknownIDs,
	"ids-in-any-case":              (*mutable).ignoreCase,
	"empty-filter-matches-nothing": func(m *mutable) { m.selectNothing(m.emptyID) },
	"ids-ignored-by-breakdowns":    func(m *mutable) { m.ignoreIDs(m.breakdown()) },
	"ids-ignored-by-indicators":    func(m *mutable) { m.ignoreIDs(m.endpoint == "indicators") },
	"ids-ignored-by-pickers":       func(m *mutable) { m.ignoreIDs(m.picker()) },
	"reseller-ignored-by-tags":     func(m *mutable) { m.ignoreID(resellers, m.endpoint == "by-tag") },
	"cost-ignored":                 func(m *mutable) { m.cost = resellers },
	"cost-ignored-by-breakdowns":   (*mutable).ignoreCost,
	"cost-reversed":                func(m *mutable) { m.cost = customers - m.cost },
	"start-excluded":               func(m *mutable) { m.period.first++ },
	"end-excluded":                 func(m *mutable) { m.period.last-- },
	"invoice-type-ignored":         func(m *mutable) { m.invoiceType = "" },
	"all-invoice-types-are-one":    func(m *mutable) { m.invoiceType = cmp.Or(m.invoiceType, "1") },
	"all-invoice-types-are-two":    func(m *mutable) { m.invoiceType = cmp.Or(m.invoiceType, "2") },
	"catalog-ignored":              func(m *mutable) { clear(m.catalogs) },
	"day-begins-earlier":           func(m *mutable) { m.today++ },
}

// Mutations returns the values of Options.Mutation, sorted.
func Mutations() []string {
	return slices.Sorted(func(yield func(string) bool) {
		for _, names := range []func(func(string) bool){maps.Keys(queryMutations), maps.Keys(responseMutations)} {
			for name := range names {
				if !yield(name) {
					return
				}
			}
		}
	})
}

func (m *mutable) ignoreIDs(here bool) {
	if here {
		m.ids = [levels]string{}
	}
}

func (m *mutable) ignoreID(at level, here bool) {
	if here {
		m.ids[at] = ""
	}
}

func (m *mutable) ignoreUnknownIDs() {
	for at, id := range m.ids {
		m.ignoreID(level(at), m.world.like(level(at), func(known string) bool { return known == id }) == "")
	}
}

func (m *mutable) ignoreCase() {
	for at, id := range m.ids {
		if known := m.world.like(level(at), func(known string) bool { return strings.EqualFold(known, id) }); known != "" {
			m.ids[at] = known
		}
	}
}

// like returns an id of a level, or "".
func (w *world) like(at level, alike func(id string) bool) string {
	for _, r := range w.resources {
		if id := r.path[at].id; alike(id) {
			return id
		}
	}
	return ""
}

func (m *mutable) selectNothing(here bool) {
	if here {
		m.catalogs = map[string]bool{"": true}
	}
}

func (m *mutable) ignoreCost() {
	if m.breakdown() {
		m.cost = resellers
	}
}
