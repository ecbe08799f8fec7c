package api_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/api"
)

const (
	ofMe    = "      operationId: getMe\n"
	search  = "        - {$ref: '#/components/parameters/Search'}\n"
	added   = "        - {name: new, in: query, schema: {type: string}}\n"
	limit   = "{type: integer, minimum: 1, maximum: 1000}"
	formats = "enum: [csv, json]"
	periods = "required: true\n      schema: {type: string, enum: [open, settling, closed]}"
	problem = "required: [type, title, status, detail, instance, request_id]\n      properties:\n"
	states  = "enum: [open, settling, closed]\n    Me:"
)

// first and every return mutations that replace a text, in the first place that has it or in each.
func first(from, to string) mutation {
	return func(contract string) string { return strings.Replace(contract, from, to, 1) }
}
func every(from, to string) mutation {
	return func(contract string) string { return strings.ReplaceAll(contract, from, to) }
}

type mutation func(contract string) string

// The checks refuse what clients can notice, and nothing else. rule is what oasdiff calls it, if it notices; place is ours.
func TestMutationsOfTheContract(t *testing.T) {
	tool, contract := oasdiff(t), parse(t, api.YAML)
	for _, tt := range []struct {
		name        string
		mutate      mutation
		rule, place string
	}{
		{"a description changes", first("summary: List usage rows", "summary: Usage rows"), "", ""},
		{"an operation gets another name", first(ofMe, "      operationId: getCaller\n"), "", ""},
		{"a component gets another name", every("NotModified", "Unchanged"), "", ""},
		{"a recursive component gets another name", every("CostTree", "Tree"), "response-property-any-of-added", ""},
		{"a path is new", first("\npaths:\n", "\npaths:\n  /v1/new: {get: {responses: {'200': {description: new}}}}\n"), "", ""},
		{"an operation is new", first("  /v1/me:\n", "  /v1/me:\n    post: {responses: {'200': {description: new}}}\n"), "", ""},
		{"an optional parameter is new", first(search, search+added), "", ""},
		{"a member of responses is new", first(problem, problem+"        new: {type: string}\n"), "", ""},
		{"a required member of responses is new",
			first(problem, strings.Replace(problem, "]", ", new]", 1)+"        new: {type: string}\n"), "", ""},
		{"a header field is new", first("      headers:\n", "      headers:\n        X-New: {schema: {type: string}}\n"), "", ""},
		{"a header field is always sent", first("      schema: {type: integer, minimum: 1}\n      example: 5",
			"      required: true\n      schema: {type: integer, minimum: 1}\n      example: 5"), "", ""},
		{"a bound of a parameter is wider", first(limit, "{type: integer, minimum: 0, maximum: 2000}"), "", ""},
		{"a bound of a parameter is gone", first(limit, "{type: integer}"), "", ""},
		{"a pattern of a parameter is gone", first("        pattern: '^([a-z][a-z0-9_-]{0,63})?$'\n", ""), "", ""},
		{"a parameter may have another value", first(formats, "enum: [csv, json, xlsx]"), "", ""},
		{"an operation ends with notice", first(ofMe, ofMe+"      deprecated: true\n      x-sunset: '2030-01-01'\n"), "", ""},

		{"an operation ends without notice", first(ofMe, ofMe+"      deprecated: true\n"), "", "GET /v1/me deprecated"},
		{"a path is gone", first("  /v1/me:\n", "  /v1/caller:\n"), "api-path-removed-without-deprecation", "/v1/me"},
		{"an operation is gone", first("  /v1/me:\n    get:\n", "  /v1/me:\n    post:\n"), "api-removed-without-deprecation", "GET /v1/me"},
		{"a parameter is gone", first(search, ""), "request-parameter-removed", "GET /v1/{provider}/usages parameters query q"},
		{"a required parameter is new", first(search, search+strings.Replace(added, "query,", "query, required: true,", 1)),
			"new-required-request-parameter", "GET /v1/{provider}/usages parameters query new"},
		{"a parameter is required", first("      in: query\n", "      in: query\n      required: true\n"),
			"request-parameter-became-required", "components parameters StartTime required itself"},
		{"a bound of a parameter is lower", first(limit, strings.Replace(limit, "1000", "100", 1)),
			"request-parameter-max-decreased", "components parameters Limit schema maximum"},
		{"a bound of a parameter is new", first(limit, strings.Replace(limit, "1000", "1000, multipleOf: 10", 1)),
			"request-parameter-multiple-of-set", "components parameters Limit schema multipleOf"},
		{"a parameter may not have a value", first(formats, "enum: [csv]"), "request-parameter-enum-value-removed",
			"components parameters Format schema enum json"},
		{"a parameter has few values", first("{type: string, maxLength: 100}", "{type: string, maxLength: 100, enum: [a]}"),
			"request-parameter-became-enum", "components parameters Search schema enum"},
		{"a bound of an element is lower", first("items: {type: string, maxLength: 256}", "items: {type: string, maxLength: 8}"),
			"", "components parameters Catalog schema items maxLength"},
		{"a list is written otherwise", first("explode: true", "explode: false"), "", "components parameters Catalog explode"},
		{"a default changes", first("default: '1'", "default: all"), "", "components parameters InvoiceType schema default"},
		{"a default of a number changes", first("default: 10", "default: 5"), "", "components parameters N schema default"},
		{"a default is gone", first(", default: actual", ""), "", "components parameters By schema default"},
		{"an optional member is gone", first("        parent_name: {", "        parent: {"), "",
			"components schemas UsageRow properties parent_name"},
		{"an optional member of a built body is gone",
			first("        currency: {$ref: '#/components/schemas/Currency'}\n        rows:", "        rows:"), "",
			"components schemas Top properties currency"},
		{"a member of problems is gone", first("        part:\n          type: string\n", "        which:\n          type: string\n"),
			"", "components schemas Problem properties part"},
		{"a required member is optional", first(problem, strings.Replace(problem, ", request_id", "", 1)), "response-property-became-optional",
			"components schemas Problem required request_id"},
		{"a member has another type", first("leaf: {type: boolean", "leaf: {type: string"), "response-property-type-changed",
			"components schemas UsageRow properties leaf type"},
		{"a member may be null", first("leaf: {type: boolean", "leaf: {type: [boolean, 'null']"), "response-property-became-nullable",
			"components schemas UsageRow properties leaf type"},
		{"a member has another value", first(states, strings.Replace(states, "closed", "closed, final", 1)),
			"response-property-enum-value-added", "components schemas PeriodState enum final"},
		{"a header field has another value", first(periods, strings.Replace(periods, "closed", "closed, final", 1)),
			"", "components headers XPeriodState schema enum final"},
		{"a header field is another constant", first("const: no-store", "const: no-cache"), "", "components headers NoStore schema const"},
		{"a header field may be absent", first(periods, strings.TrimPrefix(periods, "required: true\n      ")), "response-header-became-optional",
			"components headers XPeriodState required itself"},
		{"a header field of lists is gone", first("        Link: {$ref: '#/components/headers/Link'}\n", ""), "",
			"components responses UsagesResponse headers Link"},
		{"a header field of problems is gone", first("        Retry-After: {$ref: '#/components/headers/RetryAfter'}\n", ""),
			"", "components responses Failed headers Retry-After"},
		{"the 304 is gone", first("        '304': {$ref: '#/components/responses/NotModified'}\n", ""), "",
			"GET /v1/{provider}/usages responses 304"},
		{"problems are gone", first("        default: {$ref: '#/components/responses/Failed'}\n", ""), "", "GET /v1/me responses default"},
		{"a status is new", first("        default: {$ref: '#/components/responses/Failed'}\n",
			"        '202': {$ref: '#/components/responses/Failed'}\n        default: {$ref: '#/components/responses/Failed'}\n"),
			"", "GET /v1/me responses 202"},
		{"a media type is gone", first("        text/csv:\n", "        text/plain:\n"), "response-media-type-removed",
			"components responses UsagesResponse content text/csv, components responses UsagesResponse content text/plain"},
		{"no token is required", first("security:\n  - {}\n  - bearerAuth: []\n", "security: []\n"), "", "security 0, security 1"},
		{"a token is always required", first("security:\n  - {}\n", "security:\n"), "api-security-anonymous-access-removed",
			"security 0 bearerAuth, security 1"},
		{"a token is written otherwise", first("      scheme: bearer\n", "      scheme: basic\n"), "api-security-component-http-scheme-changed",
			"components securitySchemes bearerAuth scheme"},
		{"the gateway is elsewhere", first("  - url: /\n", "  - url: /api\n"), "", "servers 0 url"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			mutant := []byte(tt.mutate(string(api.YAML)))
			if bytes.Equal(mutant, api.YAML) {
				t.Fatal("the mutation changes nothing")
			}
			if got := names(compare(contract, parse(t, mutant))); got != tt.place {
				t.Errorf("got the place %q, want %q", got, tt.place)
			}
			if got := names(breaking(t, tool, api.YAML, mutant)); got != tt.rule {
				t.Errorf("oasdiff calls it %q, want %q", got, tt.rule)
			}
		})
	}
}

// names are what changes are called, each once.
func names(changes []change) string {
	var all []string
	for _, c := range changes {
		all = append(all, c.ID)
	}
	slices.Sort(all)
	return strings.Join(slices.Compact(all), ", ")
}
