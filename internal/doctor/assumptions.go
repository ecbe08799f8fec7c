package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxQueries = 3 // of one assumption

// assumptions returns checks for what docs/rocket.md assumes of Rocket, each with the endpoint whose response it needs.
func (p *provider) assumptions() (checks []check) {
	for _, a := range []struct {
		name  string
		needs *query.Endpoint
		run   func(context.Context) Finding
	}{
		{"filters together", query.Usages, p.filtersTogether},
		{"cost levels", query.Indicators, p.costLevels},
		{"views", query.Usages, p.views},
		{"omitted filters", query.Indicators, p.omittedFilters},
		{"inclusive ends", query.ByDay, p.inclusiveEnds},
		{"unknown id", query.Usages, p.unknownID},
		{"same response", query.Usages, p.sameResponse},
	} {
		checks = append(checks, check{p.name(a.name), p.name(a.needs.Name), maxQueries * p.Rocket.Transport.Timeout, true, a.run})
	}
	return checks
}

// usage has the members of a row of usages that the assumptions read.
type usage struct {
	ID           string `json:"id"`
	ParentID     string `json:"parent_id"`
	ResourceType string `json:"resource_type"`
}

// decode decodes a body, unless the query for it failed.
func decode[T any](body []byte, err error) (value T, _ error) {
	if err == nil && json.Unmarshal(body, &value) != nil {
		err = &fault.Error{Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's response does not have the members that the vendor documents."}
	}
	return value, err
}

// declined reports whether Rocket understood a query and refused it.
func declined(err error) bool {
	kind := fault.Of(err).Kind
	return err != nil && (kind == fault.UpstreamRejected || kind == fault.UpstreamCredentials)
}

// costLevels compares the totals at the prices of three levels, each of which sells to the next: a markup may be zero, not negative.
func (p *provider) costLevels(ctx context.Context) Finding {
	var levels, refused []string // levels: those that Rocket has prices for, from low to high price
	var prices []float64
	for _, level := range []string{"distributors", "resellers", "customers"} {
		body, err := p.responses[query.Indicators], error(nil)
		if level != "resellers" { // the default
			body, err = p.query(ctx, query.Indicators, query.Params{Cost: level})
		}
		total, err := decode[struct{ Actual float64 }](body, err)
		switch {
		case declined(err):
			refused = append(refused, level)
		case err != nil:
			return queryFailed(err)
		default:
			levels, prices = append(levels, level), append(prices, total.Actual)
		}
	}
	switch {
	case slices.Min(prices) <= 0:
		return skip("there are no costs in the previous month")
	case len(prices) < 2:
		return warn("nothing; callers at those levels get an error",
			"Rocket refuses the account cost=%s, so there is nothing to compare", strings.Join(refused, ", "))
	}
	for i, price := range prices[1:] {
		if prices[i] > price && !same(prices[i], price) {
			return fail("report this: callers see prices of another level than they ask for",
				"cost=%s shows more than cost=%s, which buy from them", levels[i], levels[i+1])
		}
	}
	switch {
	case same(prices[0], prices[len(prices)-1]):
		return warn("find out whether any level adds a markup; if one does, callers see prices of another level than they ask for",
			"cost makes no difference")
	case len(refused) > 0:
		return pass("prices rise from level to level; Rocket refuses the account cost=%s", strings.Join(refused, ", "))
	}
	return pass("prices rise from level to level")
}

// same reports whether two sums are equal except for rounding.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-6*max(1, math.Abs(a), math.Abs(b)) }

// omittedFilters compares the total of the default filters with that of a query without those that "all" omits: it includes the former.
func (p *provider) omittedFilters(ctx context.Context) Finding {
	type total struct{ Actual float64 }
	some, err := decode[total](p.responses[query.Indicators], nil)
	if err != nil {
		return queryFailed(err)
	}
	all, err := decode[total](p.query(ctx, query.Indicators, query.Params{InvoiceType: "all", Catalog: []string{"all"}}))
	switch {
	case declined(err):
		return warn("nothing; callers who give all get an error", "Rocket refuses a query without invoice_type and catalog")
	case err != nil:
		return queryFailed(err)
	case some.Actual <= 0:
		return skip("there are no costs in the previous month")
	case same(some.Actual, all.Actual):
		return pass("the total is the same without invoice_type and catalog: there is one type, or there are no costs of others")
	case all.Actual < some.Actual:
		return fail("report this: invoice_type=all and catalog=all show callers less than a part of it",
			"the total is %s without invoice_type and catalog", percent(1-all.Actual/some.Actual, "lower"))
	}
	return pass("the total is %s without invoice_type and catalog, as the vendor's SDK asks for it",
		percent(all.Actual/some.Actual-1, "higher"))
}

func percent(share float64, than string) string { return fmt.Sprintf("%.1f %% %s", 100*share, than) }

// views queries usages by each view: every row must have the type that the view names, and an id of its own. The row filter depends on
// the type; rows of several months are joined by the id.
func (p *provider) views(ctx context.Context) Finding {
	customers, err := decode[[]usage](p.responses[query.Usages], nil)
	if err != nil {
		return queryFailed(err)
	}
	var refused, empty []string
	for _, view := range []string{"customers", "subscriptions", "resellers"} {
		rows, params := customers, query.Params{View: view}
		if view == "subscriptions" && len(customers) > 0 {
			params.CustomerID = customers[0].ID // fewer rows
		}
		if view != "customers" {
			rows, err = decode[[]usage](p.query(ctx, query.Usages, params))
		}
		wrong := slices.IndexFunc(rows, func(u usage) bool { return u.ResourceType != view })
		twice := repeated(rows)
		switch {
		case declined(err):
			refused = append(refused, view)
		case err != nil:
			return queryFailed(err)
		case len(rows) == 0:
			empty = append(empty, view)
		case wrong >= 0:
			return fail("report this: callers with access to some ids only would see none of these rows",
				"view=%s has rows of the type %q", view, rows[wrong].ResourceType)
		case twice != "":
			return fail("report this: rows cannot be told apart", "view=%s has several rows with the id %s", view, short(twice))
		}
	}
	switch {
	case len(refused) > 0:
		return warn("nothing; callers who use this view get an error", "Rocket refuses the account view=%s", strings.Join(refused, ", "))
	case len(empty) > 0:
		return skip("view=%s has no rows for the previous month", strings.Join(empty, ", "))
	}
	return pass("customers, subscriptions and resellers have rows of that type, each with an id of its own")
}

// repeated returns an id that several rows have, or "".
func repeated(rows []usage) string {
	seen := map[string]bool{}
	for _, row := range rows {
		if seen[row.ID] {
			return row.ID
		}
		seen[row.ID] = true
	}
	return ""
}

const endsAdvice = "report this: months lack a day, or have one too many"

// inclusiveEnds compares the costs of a day within its month with those of the day alone, which would be empty if one of its ends did not
// count. The day is the last of the month, or the most expensive one if the last has no costs.
func (p *provider) inclusiveEnds(ctx context.Context) Finding {
	now := p.Now().In(p.Location)
	last := time.Date(now.Year(), now.Month(), 0, 0, 0, 0, 0, time.UTC)
	day := last.Format(time.DateOnly)
	days, err := costsByDay(p.responses[query.ByDay], nil)
	_, complete := days[day]
	if days[day] <= 0 {
		for d := range days {
			if days[d] > days[day] {
				day = d
			}
		}
	}
	switch {
	case err != nil:
		return queryFailed(err)
	case days == nil:
		return skip("the labels of by-day are no days as YYYY-MM-DD")
	case !complete && len(days) == last.Day()-1:
		return fail(endsAdvice, "of the previous month the last day is missing, and no other")
	case days[day] <= 0:
		return skip("there are no costs in the previous month")
	}
	alone, err := costsByDay(p.query(ctx, query.ByDay, query.Params{Start: query.Day(day), End: query.Day(day)}))
	switch {
	case err != nil:
		return queryFailed(err)
	case len(alone) == 0 || alone[day] == 0:
		return fail(endsAdvice, "%s alone has no costs, but has some within its month", day)
	case len(alone) > 1 || !same(alone[day], days[day]):
		return fail(endsAdvice, "%s alone has other costs than within its month", day)
	}
	return pass("%s alone has the same costs as within its month", day)
}

// costsByDay adds up the rows of each day. It returns nil unless all labels begin with a day.
func costsByDay(body []byte, err error) (map[string]float64, error) {
	rows, err := decode[[]struct {
		Label string
		Value float64
	}](body, err)
	days := map[string]float64{}
	for _, row := range rows {
		day := row.Label[:min(len(row.Label), len(time.DateOnly))]
		if _, invalid := time.Parse(time.DateOnly, day); invalid != nil {
			return nil, err
		}
		days[day] += row.Value
	}
	return days, err
}

// Ids that do not exist, in the forms that ids have.
const (
	unusedGUID   = "00000000-0000-4000-8000-00000000d0c7"
	unusedNumber = "999999999999"
)

// unknownID queries a customer that does not exist.
func (p *provider) unknownID(ctx context.Context) Finding {
	id := unusedNumber
	if p.id == query.Azure {
		id = unusedGUID
	}
	rows, err := decode[[]usage](p.query(ctx, query.Usages, query.Params{View: "customers", CustomerID: id}))
	switch {
	case declined(err):
		return warn("nothing; callers who name such an id get an error", "Rocket refuses it with status %d", fault.Of(err).Status)
	case err != nil:
		return queryFailed(err)
	case len(rows) > 0:
		return fail(narrowAdvice, "a customer that does not exist has %s", count(len(rows), "row", "rows"))
	}
	return pass("a customer that does not exist has no rows")
}

// sameResponse sends the first query again. The month is over, so that its response seldom changes.
func (p *provider) sameResponse(ctx context.Context) Finding {
	body, err := p.query(ctx, first, query.Params{})
	switch {
	case err != nil:
		return queryFailed(err)
	case string(body) == string(p.responses[first]):
		return pass("the same query has the same response, byte for byte")
	case slices.Equal(canonical(body), canonical(p.responses[first])):
		return pass("the same query has the same rows, in other words or order")
	}
	return warn("run doctor again; if it stays, responses must not be cached", "the same query has another response a moment later")
}

// canonical returns the rows of a list, sorted, each with its members sorted and its numbers as they are.
func canonical(body []byte) (rows []string) {
	var all []any
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if decoder.Decode(&all) != nil {
		return nil
	}
	for _, row := range all {
		text, _ := json.Marshal(row) // cannot fail: it was decoded
		rows = append(rows, string(text))
	}
	slices.Sort(rows)
	return rows
}
