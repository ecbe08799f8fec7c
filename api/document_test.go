package api_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

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

// follow returns a reference, and what it leads to, which may be another one. It returns "" and the value if that is none.
func follow(document map[string]any, value any) (reference string, target any) {
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
	return reference, target
}

// resolve returns what a value leads to in the end.
func resolve(document map[string]any, value any) any {
	reference, target := follow(document, value)
	if reference == "" {
		return target
	}
	return resolve(document, target)
}

// besides returns what stands beside a reference, and holds there in addition to its target.
func besides(value any) map[string]any {
	object, _ := value.(map[string]any)
	if _, isReference := object["$ref"]; !isReference {
		return nil
	}
	return without(object, "$ref")
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

// byName returns the members of an object, the parameters of a list, or the elements of a set.
func byName(document map[string]any, value any) map[string]any {
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
			if parameter, ok := resolve(document, element).(map[string]any); ok {
				all[fmt.Sprint(parameter["in"], " ", parameter["name"])] = element
			} else {
				all[fmt.Sprint(element)] = nil
			}
		}
	}
	return all
}

// meaning returns the value of a keyword, or what its absence means: equal values have the same meaning.
func meaning(object map[string]any, key string) any {
	value, isSet := object[key]
	switch {
	case key == "openapi" && isSet: // a patch of the specification changes no document
		return strings.TrimSuffix(fmt.Sprint(value), path.Ext(fmt.Sprint(value)))
	case key == "type":
		if types, ok := value.([]any); ok {
			return strings.Join(slices.Sorted(maps.Keys(byName(nil, types))), " or ")
		}
	case key == "deprecated" && value == false:
		return nil
	case key == "style" && !isSet:
		return map[any]any{"query": "form", "cookie": "form", "path": "simple", "header": "simple"}[object["in"]]
	case key == "explode" && !isSet && object["in"] != nil:
		return meaning(object, "style") == "form"
	}
	return value
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
