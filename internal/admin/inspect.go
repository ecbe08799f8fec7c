package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	inspectScope   = "cache:inspect" // of the token of a caller that may inspect the cache
	inspectTimeout = 5 * time.Second // of all reads from Redis
)

// Explanation is what the gateway would do with a request now. Without Parts it has everything of the cache's; with them that is theirs.
type Explanation struct {
	Part            string   `json:"part,omitempty"` // of a composed request, as callers know it
	ContentLocation string   `json:"content_location"`
	Upstream        *Request `json:"upstream"`
	Account         string   `json:"account"` // its name
	cache.Explanation
	Parts []Explanation `json:"parts,omitempty"`
}

// Request is what Rocket would be sent.
type Request struct {
	Path string          `json:"path"` // behind the base URL
	Body json.RawMessage `json:"body"`
}

// inspect explains what the gateway would do with a request.
func (o Options) inspect(w http.ResponseWriter, r *http.Request) error {
	if _, err := o.authorize(r, inspectScope, "inspecting the cache"); err != nil {
		return err
	}
	target, account, f := parseInspection(r.URL.RawQuery)
	if len(f) > 0 {
		return &fault.Error{Kind: fault.InvalidRequest, Params: f}
	}
	x, err := o.explain(r.Context(), target, account)
	if err != nil {
		return err
	}
	send(w, http.StatusOK, "application/json", x)
	return nil
}

// The parameters of GET /cache/entry.
const (
	paramQuery   = "query"   // a path of the API with its parameters
	paramAccount = "account" // the name of a service account
)

// parseInspection returns the parameters in a query string, and a fault for each that is wrong.
func parseInspection(raw string) (target, account string, f faults) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		f.add(paramQuery, "is not percent-encoded")
	}
	for _, name := range sortedNames(values) {
		switch {
		case name != paramQuery && name != paramAccount:
			f.add(name, "is not a parameter; if it is one of the query, percent-encode that")
		case len(values[name]) > 1:
			f.add(name, "occurs more than once")
		}
	}
	target = values.Get(paramQuery)
	if err == nil && target == "" {
		f.add(paramQuery, "is required: a path of the API with its parameters, percent-encoded, as in %2Fv1%2Fazure%2Fusages%3Fcustomer_id%3D…")
	}
	return target, values.Get(paramAccount), f
}

func sortedNames(values url.Values) (names []string) {
	for name := range values {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// explain explains a request part by part.
func (o Options) explain(ctx context.Context, target, account string) (x Explanation, err error) {
	location, parts, err := o.Expand(target)
	if err != nil {
		return x, &fault.Error{
			Kind: fault.InvalidRequest, Params: []fault.Param{{Name: paramQuery, Message: "is invalid: " + detail(fault.Of(err))}},
		}
	}
	ctx, cancel := context.WithTimeout(ctx, inspectTimeout)
	defer cancel()
	for _, part := range parts {
		of, err := o.Explain(ctx, part.Query, account)
		if err != nil {
			return x, err
		}
		of.Part = part.Name
		x.Parts = append(x.Parts, of)
	}
	if len(parts) == 1 {
		x = x.Parts[0]
	} else {
		x.Account, x.Explanation = x.Parts[0].Account, summarize(x.Parts)
	}
	x.ContentLocation = location
	return x, nil
}

// outcomes are all of them, the worst one first.
var outcomes = []cache.Outcome{cache.WouldFetch, cache.WouldStale, cache.WouldHit}

// summarize returns the worst outcome of parts, and which parts have it.
func summarize(parts []Explanation) (all cache.Explanation) {
	var counts []string
	for _, outcome := range outcomes {
		var names []string
		for _, part := range parts {
			if part.Would == outcome {
				names = append(names, part.Part)
			}
		}
		if len(names) == 0 {
			continue
		}
		if all.Would == "" {
			all.Would = outcome
		}
		counts = append(counts, string(outcome)+" for "+strings.Join(names, ", "))
	}
	all.Reason = "made from " + strconv.Itoa(len(parts)) + " parts, and no better than the worst of them: " + strings.Join(counts, "; ") + "."
	return all
}
