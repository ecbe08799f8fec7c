package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// recorded is a JSON body that the gateway has sent.
type recorded struct {
	o      documented
	status int
	body   string
}

// model returns the Go type of the body, which is generated from the contract.
func (r recorded) model() any {
	if r.status != http.StatusOK {
		return new(openapi.Problem)
	}
	return map[string]any{
		"getMe": new(openapi.Me), "getUsages": new(openapi.UsagesResponse), "getUsagesTop": new(openapi.Top),
		"getIndicators": new(openapi.Indicators), "getTrend": new(openapi.Trend), "getOverview": new(openapi.Overview),
		"getByDay": new(openapi.ByDayResponse), "getByMonth": new(openapi.ByMonthResponse), "getByPublisher": new(openapi.ByPublisherResponse),
		"getByCategory": new(openapi.CostTree), "getByTag": new(openapi.CostTree), "getCustomers": new(openapi.CustomersResponse),
		"getSubscriptions": new(openapi.SubscriptionsResponse), "getResellers": new(openapi.ResellersResponse),
	}[r.o.OperationId]
}

// literal returns the body as TypeScript that has the body's type by openapi-typescript, with the name of its schema by kubb.
func (r recorded) literal() string {
	kubb, of := "Error", "['default']['content']['application/problem+json']"
	if r.status == http.StatusOK {
		kubb, of = "200", "[200]['content']['application/json']"
	}
	return fmt.Sprintf("  { schema: '%s%sSchema', body: %s satisfies paths['%s']['get']['responses']%s },\n",
		r.o.OperationId, kubb, strings.TrimSpace(r.body), r.o.path, of)
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

// newMembers records responses with a member that the contract does not know, as Rocket may add some.
func (s *survey) newMembers() {
	s.t.Helper()
	bodies := map[string]string{}
	for _, o := range s.operations[1:] {
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
	a := newAPI(s.t)
	a.rocket = func(q *query.Query) ([]byte, error) { return []byte(bodies[q.Endpoint.Name]), nil }
	for _, o := range s.operations[1:] {
		resp := a.get(o.target("azure"))
		content := body(s.t, resp)
		if resp.StatusCode != http.StatusOK || !strings.Contains(content, "added") && o.OperationId != "getTrend" {
			s.t.Errorf("%s: %d %.500s", o.path, resp.StatusCode, content)
		}
		s.recorded = append(s.recorded, recorded{o, resp.StatusCode, content})
	}
}

// Clients that generators make of the contract decode every response, and lose nothing of it.
func (s *survey) decode() {
	s.t.Run("oapi-codegen", func(t *testing.T) {
		for _, r := range s.recorded {
			model := r.model()
			if err := json.Unmarshal([]byte(r.body), model); err != nil {
				t.Errorf("%s %d: %v: %.500s", r.o.path, r.status, err, r.body)
			}
			if diff := cmp.Diff(parsed(t, "", r.body), normalJSON(t, model)); diff != "" {
				t.Errorf("%s %d: -body +decoded and encoded:\n%s", r.o.path, r.status, diff)
			}
		}
	})
	s.t.Run("openapi-typescript and kubb", func(t *testing.T) {
		testkit.Program(t, "node", "node")
		if _, err := os.Stat("../../.cache/clients/node_modules/.installed"); err != nil {
			testkit.Missing(t, "npm packages", "of clients/check are not installed; scripts/test installs them")
		}
		code := "import type { paths } from './types.js'\n\nexport const responses: { schema: string; body: unknown }[] = [\n"
		for _, r := range s.recorded {
			code += r.literal()
		}
		file := filepath.Join(t.TempDir(), "responses.ts")
		if err := os.WriteFile(file, []byte(code+"]\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "../../clients/check/run", file).CombinedOutput()
		if t.Logf("%.20000s", out); err != nil {
			t.Error(err)
		}
	})
}
