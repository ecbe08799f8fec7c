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
	run     func(context.Context) Finding
}

// list returns all of them. Each fails alone: what needs another assumption to be tested is skipped if that one is wrong.
func (p *provider) list() []assumption {
	usages, indicators, byDay := query.Usages.Name, query.Indicators.Name, query.ByDay.Name
	return []assumption{
		{"empty filters", []string{usages}, 1, p.emptyFilters},
		{"views", []string{usages}, 2, p.views},
		{"unique ids", []string{usages}, 0, p.uniqueIDs},
		{"paging", []string{usages, "views", "unique ids"}, 1, p.paging},
		{"unknown id", []string{usages}, 5, p.unknownID},
		{"empty lists", []string{usages, "unknown id"}, 3, p.emptyLists},
		{"case of ids", []string{usages, "views", "unknown id"}, 1, p.caseOfIDs},
		{"filters together", []string{usages}, 2, p.filtersTogether},
		{"cost levels", []string{indicators}, 9, p.costLevels},
		{"ids obeyed", []string{usages, "unknown id", "filters together"}, 11, p.idsObeyed},
		{"ids together", []string{usages, "views", "ids obeyed"}, 11, p.idsTogether},
		{"sums", []string{usages, "views", "unique ids", "paging", "cost levels", "ids obeyed"}, 3, p.sums},
		{"omitted filters", []string{indicators}, 4, p.omittedFilters},
		{"inclusive ends", []string{byDay}, 1, p.inclusiveEnds},
		{"beginning of days", []string{byDay}, 1, p.beginningOfDays},
		{"same response", []string{usages}, 1, p.sameResponse},
	}
}

// assumptions returns the checks of all assumptions.
func (p *provider) assumptions() (checks []check) {
	for _, a := range p.list() {
		var needs []string
		for _, name := range a.needs {
			needs = append(needs, p.name(name))
		}
		timeout := time.Duration(max(1, a.queries)) * p.Rocket.Transport.Timeout
		checks = append(checks, check{p.name(a.name), needs, timeout, a.queries > 0, a.run})
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
