package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// recorded is a JSON body that the gateway has sent.
type recorded struct {
	o      documented
	status int
	body   string
}

// maxBodies is how many different bodies of an operation with one status and problem type are recorded.
const maxBodies = 6

// record keeps a body that differs from those before.
func (s *survey) record(o documented, resp *http.Response, content string) {
	media, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	if media != "application/json" && media != "application/problem+json" || content == "" || resp.Header.Get("Content-Encoding") != "" {
		return
	}
	var d document
	if err := json.Unmarshal([]byte(content), &d); err != nil {
		d.Type = "a list"
	}
	key := fmt.Sprint(o.path, resp.StatusCode, d.Type)
	if s.kept[key]++; s.kept[key] <= maxBodies {
		s.recorded = append(s.recorded, recorded{o, resp.StatusCode, content})
	}
}

// recordRarities records responses that requests of the survey do not have, or too late: with a member that the contract does not know, as
// Rocket may add some, and with the operator's currency; with parts that are omitted; with rows that lack what may be null.
func (s *survey) recordRarities() {
	s.t.Helper()
	a := newAPI(s.t, func(o *handlers.Options) { o.Currency = inReais })
	bodies := s.examplesWithMore()
	a.rocket = func(q *query.Query) ([]byte, error) { return []byte(bodies[q.Endpoint.Name]), nil }
	for _, o := range s.operations {
		s.recordRare(o, a.get(o.target("azure")))
	}
	trend, overview := s.operationOf(s.t, "/v1/azure/trend"), s.operationOf(s.t, "/v1/azure/overview")
	a.responds(`[{"id":"x"}]`)
	s.recordRare(trend, a.get("/v1/azure/trend?customer_id=x"))
	g := startGateway(s.t, withTokens(s.t))
	s.recordRare(overview, g.person("ana", customers(choices(s.t, g, "customers")[:2]...)).get("/v1/azure/overview"))
}

func inReais(query.Provider, []string, []string, func(string) []string) string { return "BRL" }

func (s *survey) recordRare(o documented, resp *http.Response) {
	s.t.Helper()
	content := body(s.t, resp)
	if resp.StatusCode != http.StatusOK {
		s.t.Errorf("%s: %d %.500s", o.path, resp.StatusCode, content)
	}
	s.recorded = append(s.recorded, recorded{o, resp.StatusCode, content})
}

// examplesWithMore returns the examples of bodies with a member more, by the name of the endpoint.
func (s *survey) examplesWithMore() map[string]string {
	s.t.Helper()
	bodies := map[string]string{}
	for _, o := range s.operations {
		example := o.Responses.Codes.GetOrZero("200").Content.GetOrZero("application/json").Examples.First().Value()
		var value any
		if err := example.Value.Decode(&value); err != nil {
			s.t.Fatal(err)
		}
		text, err := json.Marshal(value)
		if err != nil {
			s.t.Fatal(err)
		}
		bodies[strings.TrimPrefix(o.path, "/v1/{provider}/")] = strings.Replace(string(text), "{", `{"added":{"a":[null,1.5]},`, 1)
	}
	return bodies
}
