package api_test

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// comparison finds every place of a contract that another one changes. Free are prose, the additions that docs/api.md announces, and wider
// bounds of parameters. Anything else is a change. The names of components are free, their content is not.
type comparison struct {
	old, new map[string]any     // the documents, which references point into
	seen     map[[2]string]bool // references that were compared, in requests ("") or responses
	changes  []change
}

// place is where a value is in both contracts.
type place struct {
	path    []string
	request bool // it is what callers send, in parameters; everything else is what they get
}

func (p place) at(key string) place {
	p.request = p.request || key == "parameters"
	switch {
	case key == "paths":
		p.path = nil
	case slices.Contains(methods, key):
		p.path = append([]string{strings.ToUpper(key)}, p.path...)
	default:
		p.path = append(slices.Clone(p.path), key)
	}
	return p
}

var (
	methods = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}
	prose   = []string{"description", "summary", "title", "example", "examples", "externalDocs", "tags", "operationId", "info"}
	// named are the keywords whose members have names of the contract's own, with what may be added to them.
	named = map[string]func(c *comparison, p place, added any) bool{
		"paths":           func(*comparison, place, any) bool { return true },
		"headers":         func(*comparison, place, any) bool { return true },
		"properties":      func(*comparison, place, any) bool { return true },
		"securitySchemes": func(*comparison, place, any) bool { return true },
		"parameters": func(c *comparison, _ place, added any) bool {
			_, target := resolve(c.new, added)
			parameter, _ := target.(map[string]any)
			return parameter["required"] != true
		},
		"required":  func(_ *comparison, p place, _ any) bool { return !p.request },
		"enum":      func(_ *comparison, p place, _ any) bool { return p.request },
		"responses": nil,
		"content":   nil,
	}
)

// compare returns the changes from a contract to another one.
func compare(from, to map[string]any) []change {
	c := &comparison{old: from, new: to, seen: map[[2]string]bool{}}
	c.keywords(place{}, without(from, "components"), without(to, "components"))
	c.keywords(place{path: []string{"components"}}, securitySchemes(from), securitySchemes(to))
	return c.changes
}

func parse(t *testing.T, contract []byte) (document map[string]any) {
	t.Helper()
	if err := yaml.Unmarshal(contract, &document); err != nil {
		t.Fatal(err)
	}
	return document
}

func without(document map[string]any, key string) map[string]any {
	rest := maps.Clone(document)
	delete(rest, key)
	return rest
}

// securitySchemes are the only components that are named, not referred to.
func securitySchemes(document map[string]any) map[string]any {
	components, _ := document["components"].(map[string]any)
	return map[string]any{"securitySchemes": components["securitySchemes"]}
}

// resolve returns what a value refers to, and the reference, if it is one.
func resolve(document map[string]any, value any) (reference string, target any) {
	object, _ := value.(map[string]any)
	reference, isReference := object["$ref"].(string)
	if !isReference {
		return "", value
	}
	target = document
	for name := range strings.SplitSeq(strings.TrimPrefix(reference, "#/"), "/") {
		parent, _ := target.(map[string]any)
		target = parent[name]
	}
	_, target = resolve(document, target)
	return reference, target
}

func (c *comparison) report(p place, text string, values ...any) {
	c.changes = append(c.changes, change{ID: strings.Join(p.path, " "), Text: fmt.Sprintf(text, values...)})
}

// values compares what has the same place. Components of one name have it as their place, wherever they are used.
func (c *comparison) values(p place, before, after any) {
	from, before := resolve(c.old, before)
	to, after := resolve(c.new, after)
	if from != "" && to != "" {
		use := [2]string{from, to}
		if p.request {
			use[1] = "in requests " + to
		}
		if c.seen[use] {
			return
		}
		c.seen[use] = true
		if from == to {
			p.path = strings.Split(strings.TrimPrefix(from, "#/"), "/")
		}
	}
	oldMap, newMap := members(before), members(after)
	switch {
	case oldMap != nil && newMap != nil:
		c.keywords(p, oldMap, newMap)
	case !reflect.DeepEqual(before, after):
		c.report(p, "is %v, was %v", after, before)
	}
}

// members returns the keywords of an object, or the elements of a list by index. It returns nil for other values.
func members(value any) map[string]any {
	switch value := value.(type) {
	case map[string]any:
		return value
	case []any:
		all := map[string]any{}
		for i, element := range value {
			all[fmt.Sprint(i)] = element
		}
		return all
	}
	return nil
}

// keywords compares two objects of the specification, or two schemas.
func (c *comparison) keywords(p place, before, after map[string]any) {
	for _, key := range union(before, after) {
		was, is := before[key], after[key]
		mayAdd, isNamed := named[key]
		switch {
		case slices.Contains(prose, key) || strings.HasPrefix(key, "x-") && key != "x-sunset":
		case isNamed && (key != "enum" || was != nil && is != nil):
			c.names(p.at(key), mayAdd, c.byName(c.old, was), c.byName(c.new, is))
		case p.request && wider(key, was, is):
		case was != nil && is != nil:
			c.values(p.at(key), was, is)
		case was != nil:
			c.report(p.at(key), "is gone")
		case slices.Contains(methods, key) || key == "x-sunset" || key == "deprecated" && after["x-sunset"] != nil:
		default:
			c.report(p.at(key), "is new")
		}
	}
}

// names compares two objects whose members are named by the contract, or sets.
func (c *comparison) names(p place, mayAdd func(*comparison, place, any) bool, before, after map[string]any) {
	for _, name := range union(before, after) {
		was, had := before[name]
		is, has := after[name]
		q := p
		q.path = append(slices.Clone(p.path), name)
		switch {
		case had && has:
			c.values(q, was, is)
		case had && (!p.request || p.path[len(p.path)-1] != "required"):
			c.report(q, "is gone")
		case has && (mayAdd == nil || !mayAdd(c, p, is)):
			c.report(q, "is new")
		}
	}
}

// byName returns the members of an object, the parameters of a list, or the elements of a set.
func (c *comparison) byName(document map[string]any, value any) map[string]any {
	all := map[string]any{}
	switch value := value.(type) {
	case map[string]any:
		return value
	case bool: // the keyword required of a parameter or a header field
		if value {
			all["itself"] = nil
		}
	case []any:
		for _, element := range value {
			_, target := resolve(document, element)
			if parameter, ok := target.(map[string]any); ok {
				all[fmt.Sprint(parameter["in"], " ", parameter["name"])] = element
			} else {
				all[fmt.Sprint(element)] = nil
			}
		}
	}
	return all
}

// wider reports whether a keyword of a schema allows all that it allowed before.
func wider(key string, was, is any) bool {
	bound, limits := map[string]int{"maximum": 1, "maxLength": 1, "maxItems": 1, "minimum": -1, "minLength": -1, "minItems": -1}[key]
	if is == nil {
		return limits || slices.Contains([]string{"pattern", "enum", "const", "multipleOf"}, key)
	}
	from, wasNumber := was.(int)
	to, isNumber := is.(int)
	return limits && wasNumber && isNumber && (to-from)*bound > 0
}

// union returns the keys of both, sorted.
func union(a, b map[string]any) []string {
	all := maps.Clone(a)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, b)
	return slices.Sorted(maps.Keys(all))
}
