package handlers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// Requests that are generated from the contract lead to responses that the contract documents, for any caller, and whatever
// Rocket does.
func TestContract(t *testing.T) {
	s := &survey{contract: theContract(t), t: t, reached: map[string]map[int]int{}}
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
}
