package tenancy_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

var (
	now       = time.Date(2026, time.June, 18, 12, 0, 0, 0, time.UTC)
	providers = []query.Provider{query.Azure, query.AWS, query.GCP}
)

// profile is one element of the claim, as an issuer writes it.
type profile struct {
	Provider     query.Provider `json:"provider"`
	ResourceType string         `json:"resource_type"`
	Resources    []string       `json:"resources"`
	Costs        []string       `json:"costs,omitempty"`
}

// claim writes profiles of one provider. Each is a type and ids, as in "customers c1 c2".
func claim(provider query.Provider, each ...string) []profile {
	var all []profile
	for _, text := range each {
		words := strings.Fields(text)
		all = append(all, profile{Provider: provider, ResourceType: words[0], Resources: words[1:]})
	}
	return all
}

func parse(t testing.TB, claim []profile) tenancy.Profiles {
	t.Helper()
	text, err := json.Marshal(claim)
	if err != nil {
		t.Fatal(err)
	}
	return tenancy.Parse(text)
}

// newQuery returns a query of provider by its path and parameters, as in "usages?view=customers&customer_id=c1".
func newQuery(t testing.TB, provider query.Provider, target string) query.Query {
	t.Helper()
	name, raw, _ := strings.Cut(target, "?")
	p, _ := query.Bind(query.Usages, raw)
	q, err := query.New(query.EndpointNamed(name), provider, p, now)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// outcome describes an error of Narrow in a word, and returns what the caller reads.
func outcome(err error) (word string, f *fault.Error) {
	if err == nil {
		return "granted", &fault.Error{}
	}
	f = fault.Of(err)
	switch f.Kind {
	case fault.Forbidden:
		return "403", f
	case fault.InvalidRequest:
		return "choose", f
	default:
		return string(f.Kind), f
	}
}

// chosen are the parameters that have to be chosen.
func chosen(f *fault.Error) string {
	var names []string
	for _, p := range f.Params {
		names = append(names, p.Name)
	}
	return strings.Join(names, " ")
}

// wantGranted narrows a query of azure that must be granted.
func wantGranted(t testing.TB, p tenancy.Profiles, target string) (query.Query, tenancy.RowFilter) {
	t.Helper()
	q, filter, err := p.Narrow(newQuery(t, query.Azure, target))
	if err != nil {
		t.Errorf("%s: %v", target, err)
	}
	return q, filter
}

// wantForbidden narrows a query of azure that must be refused, and returns what the caller reads.
func wantForbidden(t testing.TB, p tenancy.Profiles, target string) string {
	t.Helper()
	_, filter, err := p.Narrow(newQuery(t, query.Azure, target))
	word, f := outcome(err)
	if word != "403" || f.Detail == "" || filter.Key() != "" {
		t.Errorf("%s: got %s %q, want 403 with a reason", target, word, f.Detail)
	}
	return f.Detail
}
