package api_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/api"
)

const (
	ofMe     = "      operationId: getMe\n"
	search   = "        - {$ref: '#/components/parameters/Search'}\n"
	added    = "        - {name: new, in: query, schema: {type: string}}\n"
	currency = "        currency: {$ref: '#/components/schemas/Currency'}\n        rows:"
	limit    = "{type: integer, minimum: 1, maximum: 1000}"
	formats  = "enum: [csv, json]"
	periods  = "required: true\n      schema: {type: string, enum: [open, settling, closed]}"
	problem  = "required: [type, title, status, detail, instance, request_id]\n      properties:\n"
	states   = "enum: [open, settling, closed]\n    Me:"
)

// first and every return mutations that replace a text, in the first place that has it or in each.
func first(from, to string) mutation {
	return func(contract string) string { return strings.Replace(contract, from, to, 1) }
}
func every(from, to string) mutation {
	return func(contract string) string { return strings.ReplaceAll(contract, from, to) }
}

type mutation func(contract string) string

// ends returns a mutation that gives notice of the end of GET /v1/me, so many days from today.
func ends(days int) mutation {
	return first(ofMe, ofMe+"      deprecated: true\n"+sunset(days))
}

func sunset(days int) string {
	return "      x-sunset: '" + time.Now().AddDate(0, 0, days).Format(time.DateOnly) + "'\n"
}

// mutationTest is a mutation of a contract. rule is what oasdiff calls the change, if it notices; place is ours.
type mutationTest struct {
	name        string
	mutate      mutation
	rule, place string
}

// The checks refuse what clients can notice, and nothing else.
func TestMutationsOfTheContract(t *testing.T) {
	tool := oasdiff(t)
	for _, tt := range slices.Concat(free, refused) {
		tt.run(t, tool, string(api.YAML))
	}
	for _, tt := range later {
		tt.run(t, tool, tt.before(string(api.YAML)))
	}
}

func (tt mutationTest) run(t *testing.T, tool, contract string) {
	t.Run(tt.name, func(t *testing.T) {
		t.Parallel()
		before, after := []byte(contract), []byte(tt.mutate(contract))
		if bytes.Equal(before, after) {
			t.Fatal("the mutation changes nothing")
		}
		if got := names(compare(parse(t, before), parse(t, after), time.Now())); got != tt.place {
			t.Errorf("got the place %q, want %q", got, tt.place)
		}
		if got := names(breaking(t, tool, before, after)); got != tt.rule {
			t.Errorf("oasdiff calls it %q, want %q", got, tt.rule)
		}
	})
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
