package handlers_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Requests that are generated from the contract lead to responses that the contract documents, for any caller, and whatever
// Rocket does.
func TestContract(t *testing.T) {
	t.Parallel()
	s := &survey{contract: theContract(t), t: t, reached: map[string]map[int]int{}, kept: map[string]int{}, checked: map[string]bool{}}
	g := startGateway(t, withTokens(t), withRate(t, "1000000/1s"), withOrigins(app), func(o *handlers.Options) { o.HTTPS = true })
	all := bearer(g.person("zoe", grant("distributors", "*")...))
	for _, o := range s.operations {
		s.parameters(g, o, all)
		s.methods(g, o, all)
		s.conditions(g, o, all)
		s.callers(g, o)
	}
	s.gatewayFaults()
	s.rocketFaults()
	t.Logf("%d requests; responses by status: %v", s.requests, s.byStatus())
	if diff := cmp.Diff(map[string][]int{}, s.unreached()); diff != "" {
		t.Errorf("documented and never seen: %s", diff)
	}
	s.recordRarities()
	s.decode()
}

// Every data route has the parameters of the table, in its order: a parameter of the contract without a row would be refused as
// unknown.
func TestParametersOfTheContractAreRows(t *testing.T) {
	for _, o := range theContract(t).operations {
		var names []string
		for _, p := range o.Parameters {
			if p.In == "query" {
				names = append(names, p.Name)
			}
		}
		if o.path == "/v1/me" {
			continue
		}
		if diff := cmp.Diff(query.Names(query.EndpointNamed(strings.TrimPrefix(o.path, "/v1/{provider}/"))), names); diff != "" {
			t.Errorf("%s: -table +contract:\n%s", o.path, diff)
		}
	}
}
