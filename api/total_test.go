package api_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/api"
)

// mutant is a contract in which one place after another is changed.
type mutant struct {
	t              *testing.T
	contract, copy map[string]any
	seen           map[string]bool // references
	places         int
}

// Nothing of an operation can change unnoticed but prose, bounds that a parameter loses, and defaults that are written out: each member is
// left out, each value is replaced, and each reference gets company.
func TestEveryPlaceIsCompared(t *testing.T) {
	m := &mutant{t: t, contract: parse(t, api.YAML), copy: parse(t, api.YAML), seen: map[string]bool{}}
	for _, document := range []map[string]any{m.contract, m.copy} {
		const path = "/v1/{provider}/usages"
		document["paths"] = map[string]any{path: document["paths"].(map[string]any)[path]}
	}
	root := without(m.copy, "components")
	m.object(place{}, root, func(key string, value any) { m.copy[key] = value }, func(key string) { delete(m.copy, key) })
	if m.places < 500 {
		t.Errorf("only %d places were changed", m.places)
	}
}

// object changes each member of an object that set and unset change.
func (m *mutant) object(p place, object map[string]any, set func(string, any), unset func(string)) {
	for _, key := range slices.Sorted(maps.Keys(object)) {
		value := object[key]
		isName := slices.Contains([]string{"properties", "headers"}, p.last())
		if slices.Contains(prose, key) && !isName {
			continue
		}
		unset(key)
		free := p.request && (key == "required" || wider(key, value, nil))
		if !free && !reflect.DeepEqual(value, meaning(without(object, key), key)) {
			m.noticed(p.at(key), "is left out")
		}
		set(key, value)
		m.value(p.at(key), value, func(other any) { set(key, other) })
	}
}

// value changes a value, or what it consists of.
func (m *mutant) value(p place, value any, set func(any)) {
	reference, target := follow(m.copy, value)
	if reference != "" {
		value.(map[string]any)["const"] = "another"
		m.noticed(p.at("const"), "stands beside a reference")
		delete(value.(map[string]any), "const")
		if m.seen[reference] {
			return
		}
		m.seen[reference] = true
		if _, isObject := target.(map[string]any); !isObject {
			m.t.Fatalf("%s leads to nothing", reference)
		}
	}
	switch value := target.(type) {
	case map[string]any:
		m.object(p, value, func(key string, other any) { value[key] = other }, func(key string) { delete(value, key) })
	case []any:
		for i, element := range value {
			m.value(p, element, func(other any) { value[i] = other })
		}
	default:
		set("another")
		if p.last() != "required" || !p.request {
			m.noticed(p, "is another one")
		}
		set(value)
	}
}

func (m *mutant) noticed(p place, change string) {
	m.places++
	if len(compare(m.contract, m.copy, time.Now())) == 0 {
		m.t.Errorf("%q %s, and that is not noticed", p.path, change)
	}
}
