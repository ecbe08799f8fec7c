package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// The examples of bodies are what the gateway in front of the simulator responds, on the day and to the request that they name.
func TestExamplesOfBodies(t *testing.T) {
	g := startGatewayOf(t, 300)
	for _, o := range theContract(t).operations {
		for media, content := range o.Responses.Codes.GetOrZero("200").Content.FromOldest() {
			if content.Examples.Len() == 0 {
				t.Errorf("%s has no example of %s", o.path, media)
			}
			for _, example := range content.Examples.FromOldest() {
				target, ok := strings.CutPrefix(example.Summary, "GET ")
				if !ok && o.path != "/v1/me" {
					t.Errorf("%s: the example does not name its request: %s", o.path, example.Summary)
				}
				if !ok {
					continue
				}
				var want any
				if err := example.Value.Decode(&want); err != nil {
					t.Fatal(err)
				}
				got := wantConforming(t, target, g.get(target))
				if diff := cmp.Diff(normalJSON(t, want), parsed(t, media, got)); diff != "" {
					t.Errorf("%s: -contract +gateway:\n%s", target, diff)
				}
			}
		}
	}
}

// normalJSON returns a value as encoding/json reads it.
func normalJSON(t *testing.T, value any) (normal any) {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, "application/json", string(text))
}

func parsed(t *testing.T, media, text string) (value any) {
	t.Helper()
	if media == "text/csv" {
		return text
	}
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// empty matches a body without rows or costs.
var empty = regexp.MustCompile(`^\[\]$|"rows":\[\]|"(value|actual)":0[,}]`)

// The examples of parameters belong together: sent at once, they select something. Only what q searches differs with the endpoint.
func TestExamplesOfParametersSelectSomething(t *testing.T) {
	g := startGateway(t)
	for _, o := range theContract(t).operations {
		all := slices.DeleteFunc(shownTogether(o), func(pair string) bool { return strings.HasPrefix(pair, "q=") })
		target := o.target("azure") + "?" + strings.Join(all, "&")
		if got := wantConforming(t, target, g.get(target)); empty.MatchString(got) {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// shownTogether returns a value of each parameter that the contract shows one of.
func shownTogether(o documented) (pairs []string) {
	for _, p := range o.Parameters {
		shown := slices.DeleteFunc(examplesOf(p), func(pair string) bool { return pair == p.Name+"=" })
		if p.In == "query" && len(shown) > 0 {
			pairs = append(pairs, shown[0])
		}
	}
	return pairs
}

// examplesOf returns the values of a parameter that the contract shows, as in a query string. An empty one stands for none.
func examplesOf(p *v3.Parameter) (pairs []string) {
	var value any
	if p.Example != nil && p.Example.Decode(&value) == nil {
		pairs = append(pairs, pairsOf(p.Name, value))
	}
	for _, example := range p.Examples.FromOldest() {
		if example.Value.Decode(&value) == nil {
			pairs = append(pairs, pairsOf(p.Name, value))
		}
	}
	return pairs
}

// pairsOf returns a parameter with a value, once for each item of a list.
func pairsOf(name string, value any) string {
	items, ok := value.([]any)
	if !ok {
		items = []any{value}
	}
	pairs := make([]string, len(items))
	for i, item := range items {
		pairs[i] = name + "=" + url.QueryEscape(fmt.Sprint(item))
	}
	return strings.Join(pairs, "&")
}
