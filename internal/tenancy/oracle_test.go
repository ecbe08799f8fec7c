package tenancy_test

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The oracle knows the rules as a reader of the contract does, subscription by subscription, and shares no code with the
// package. It judges what a caller is shown in the end.

var ladder = []string{"distributors", "resellers", "customers"}

// grants reports whether the profile grants the subscription.
func (p profile) grants(l *leaf) bool {
	return slices.Equal(p.Resources, []string{"*"}) ||
		!slices.Contains(p.Resources, "*") && slices.Contains(p.Resources, l.ids[p.ResourceType])
}

// ofType returns the profiles of one type; the provider's alone are handed in.
func ofType(profiles []profile, resourceType string) (some []profile) {
	for _, p := range profiles {
		if p.ResourceType == resourceType {
			some = append(some, p)
		}
	}
	return some
}

// allGrant reports whether every type that has profiles has one that grants the subscription.
func allGrant(profiles []profile, l *leaf) bool {
	for _, rung := range ladder {
		if some := ofType(profiles, rung); some != nil && !slices.ContainsFunc(some, func(p profile) bool { return p.grants(l) }) {
			return false
		}
	}
	return len(profiles) > 0
}

// mayPrice reports whether the prices may be shown: what a level above pays only if each lower type has a profile that grants the
// subscription and lists the cost.
func mayPrice(profiles []profile, l *leaf, cost string) bool {
	for height, rung := range ladder {
		some := ofType(profiles, rung)
		if some == nil || slices.Contains(ladder[height:], cost) {
			continue
		}
		if !slices.ContainsFunc(some, func(p profile) bool { return p.grants(l) && slices.Contains(p.Costs, cost) }) {
			return false
		}
	}
	return true
}

// lowest returns the height of the lowest type that has profiles.
func lowest(profiles []profile) (height int) {
	for h, rung := range ladder {
		if ofType(profiles, rung) != nil {
			height = h
		}
	}
	return height
}

// maySee reports whether rows of a type may be shown: those above the lowest type may not.
func maySee(profiles []profile, resourceType string) bool {
	return !slices.Contains(ladder[:lowest(profiles)], resourceType)
}

// mayName reports whether the ids in the query may be named: at the lowest type or above a profile must grant them, even if they
// only narrow.
func mayName(profiles []profile, q query.Query) bool {
	for height, id := range idsOf(q) {
		rung := ladder[height]
		grantsID := func(p profile) bool { return p.grants(&leaf{ids: map[string]string{rung: id}}) }
		if id != "" && height <= lowest(profiles) && !slices.ContainsFunc(ofType(profiles, rung), grantsID) {
			return false
		}
	}
	return true
}

// asksFor reports whether the subscription passes the filters that the caller named.
func asksFor(q query.Query, l *leaf) bool {
	for level, id := range map[string]string{
		"distributors": q.DistributorID, "resellers": q.ResellerID, "customers": q.CustomerID, "subscriptions": q.SubscriptionID,
	} {
		if id != "" && l.ids[level] != id {
			return false
		}
	}
	return true
}

// judge returns everything that is wrong with what a caller is shown: asked is the caller's own query, sent the one that
// Rocket got, body the response after the row filter.
func (w world) judge(t rapid.TB, profiles []profile, asked, sent query.Query, body []byte) (wrong []string) {
	t.Helper()
	sums := map[string]amount{} // by id, of the rows that the caller may expect
	total := zero()
	if !mayName(profiles, asked) {
		wrong = append(wrong, "whether an id is above another")
	}
	level := sent.View
	if sent.Endpoint.Picker {
		level = sent.Endpoint.Name
	}
	for _, l := range w {
		price, billed := l.prices[sent.Cost]
		if !billed || !allGrant(profiles, l) || !asksFor(asked, l) {
			continue
		}
		if !mayPrice(profiles, l, sent.Cost) {
			wrong = append(wrong, sent.Cost+" prices of "+l.ids["customers"])
		}
		if id := l.ids[level]; sums[id].last == nil {
			sums[id] = zero()
		}
		sums[l.ids[level]].add(price)
		total.add(price)
	}
	switch {
	case sent.Endpoint == query.Usages:
		return append(wrong, judgeUsages(t, profiles, level, sums, body)...)
	case sent.Endpoint.Picker:
		return append(wrong, judgeChoices(t, profiles, level, sums, body)...)
	default:
		return append(wrong, judgeTotal(t, sent.Endpoint, total, body)...)
	}
}

func judgeUsages(t rapid.TB, profiles []profile, level string, want map[string]amount, body []byte) (wrong []string) {
	t.Helper()
	var rows []usage
	decode(t, body, &rows)
	for _, row := range rows {
		switch sum, ok := want[row.ID]; {
		case !ok || row.ResourceType != level || !maySee(profiles, row.ResourceType):
			wrong = append(wrong, fmt.Sprintf("a row of %s %s", row.ResourceType, row.ID))
		case !sum.equal(row.amount()):
			wrong = append(wrong, fmt.Sprintf("%s of %s %s", row.Actual, level, row.ID))
		}
		delete(want, row.ID)
	}
	for id, sum := range want {
		if !sum.equal(zero()) {
			wrong = append(wrong, fmt.Sprintf("no row of %s %s", level, id))
		}
	}
	return wrong
}

func judgeChoices(t rapid.TB, profiles []profile, level string, want map[string]amount, body []byte) (wrong []string) {
	t.Helper()
	var rows []struct{ Value string }
	decode(t, body, &rows)
	for _, row := range rows {
		if _, ok := want[row.Value]; !ok || !maySee(profiles, level) {
			wrong = append(wrong, fmt.Sprintf("the choice of %s %s", level, row.Value))
		}
		delete(want, row.Value)
	}
	for id, sum := range want {
		if sum.actual.Sign() > 0 {
			wrong = append(wrong, fmt.Sprintf("no choice of %s %s", level, id))
		}
	}
	return wrong
}

func judgeTotal(t rapid.TB, e *query.Endpoint, want amount, body []byte) (wrong []string) {
	t.Helper()
	got := amount{want.last, new(big.Rat)}
	switch {
	case e == query.Indicators:
		var row usage
		decode(t, body, &row)
		got = row.amount()
	case e.Shape == query.Object:
		var root struct{ Value json.Number }
		decode(t, body, &root)
		got.actual = exact(root.Value)
	default:
		var rows []struct{ Value json.Number }
		decode(t, body, &rows)
		for _, row := range rows {
			got.actual.Add(got.actual, exact(row.Value))
		}
	}
	if !got.equal(want) {
		wrong = append(wrong, fmt.Sprintf("a total of %s, not %s", got.actual.FloatString(9), want.actual.FloatString(9)))
	}
	return wrong
}
