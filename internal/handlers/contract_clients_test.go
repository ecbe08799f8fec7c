package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/openapi"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

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

// Clients that generators make of the contract decode every response, and lose nothing of it.
func (s *survey) decode() {
	s.t.Helper()
	parts := []string{`"omitted":[{`, `"currency":"BRL"`, `"name":null`, `"change":null`, `"part":"`, `"added":`}
	for name := range s.problems {
		parts = append(parts, `"/problems/`+name+`"`)
	}
	for _, part := range parts {
		if !slices.ContainsFunc(s.recorded, func(r recorded) bool { return strings.Contains(r.body, part) }) {
			s.t.Errorf("no response has %s", part)
		}
	}
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
		packages(t)
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

// packages ends the test unless the npm packages of clients/ are installed.
func packages(t *testing.T) {
	t.Helper()
	testkit.NodePackages(t)
	for _, file := range []string{"run", "check.ts", "kubb.config.ts", "tsconfig.json"} {
		if _, err := os.Stat("../../clients/check/" + file); err != nil { // also so that go test runs again after a change
			t.Fatal(err)
		}
	}
}
