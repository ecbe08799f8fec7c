package doctor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// assumption is a test of what docs/rocket.md assumes of Rocket.
type assumption struct {
	name    string
	needs   []string // checks of endpoints or of other assumptions
	queries int      // at most so many
	run     func(context.Context, *provider) Finding
}

// allAssumptions returns all of them. Each fails alone: what needs another assumption to be tested is skipped if that one is wrong.
func allAssumptions() []assumption {
	usages, indicators, byDay := query.Usages.Name, query.Indicators.Name, query.ByDay.Name
	return []assumption{
		{"empty filters", []string{usages}, 1, emptyFilters},
		{"views", []string{usages}, 2, rowsOfViews},
		{"unique ids", []string{usages}, 2, uniqueIDs},
		{"paging", []string{usages, "views", "unique ids"}, 1, completeLists},
		{"unknown id", []string{usages}, 5, unknownID},
		{"empty lists", []string{usages, "unknown id"}, 3, emptyLists},
		{"case of ids", []string{usages, "views", "unknown id"}, 1, caseOfIDs},
		{"filters together", []string{usages}, 2, filtersTogether},
		{"cost levels", []string{indicators}, 9, costLevels},
		{"ids obeyed", []string{usages, "unknown id", "filters together"}, 11, idsObeyed},
		{"ids together", []string{usages, "views", "ids obeyed"}, 11, idsTogether},
		{"sums", []string{usages, indicators, byDay, "views", "unique ids", "paging", "cost levels", "ids obeyed"}, 3, equalSums},
		{"omitted filters", []string{indicators}, 4, omittedFilters},
		{"inclusive ends", []string{byDay}, 1, inclusiveEnds},
		{"beginning of days", []string{byDay}, 1, beginningOfDays},
		{"same response", []string{usages}, 1, sameResponse},
	}
}

// assumptions returns the checks of all assumptions.
func (p *provider) assumptions() (checks []check) {
	for _, a := range allAssumptions() {
		var needs []string
		for _, name := range a.needs {
			needs = append(needs, p.name(name))
		}
		timeout := time.Duration(max(1, a.queries)) * p.Rocket.Transport.Timeout
		run := func(ctx context.Context) Finding { return a.run(ctx, p) }
		checks = append(checks, check{p.name(a.name), needs, timeout, a.queries > 0, run})
	}
	return checks
}

// usage has the members of a row of usages that the assumptions read.
type usage struct {
	ID           string `json:"id"`
	ParentID     string `json:"parent_id"`
	ResourceType string `json:"resource_type"`
	Actual       amount `json:"actual"`
}

// choice is a row of a picker.
type choice struct{ Value string }

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
