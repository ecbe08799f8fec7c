package helm_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// schema is a JSON Schema, or what OpenAPI has in its place.
type schema = map[string]any

const definitions = "#/definitions/"

// kubernetes writes a JSON Schema for each kind of a Kubernetes release, from the OpenAPI document in its own module.
func kubernetes(t *testing.T, release string, kinds []object, into string) {
	t.Helper()
	content, err := os.ReadFile(goModule(t, "k8s.io/kubernetes@"+release) + "/api/openapi-spec/swagger.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Definitions map[string]schema `json:"definitions"`
	}
	if err := json.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	for name, definition := range document.Definitions {
		for _, kind := range kinds {
			if !describes(definition, kind) {
				continue
			}
			needed := map[string]schema{}
			gather(name, document.Definitions, needed)
			save(t, into, kind, schema{"$ref": definitions + name, "definitions": needed})
		}
	}
}

func describes(definition schema, kind object) bool {
	marks, _ := definition["x-kubernetes-group-version-kind"].([]any)
	for _, mark := range marks {
		m, _ := mark.(map[string]any)
		version, _ := m["version"].(string)
		if group, _ := m["group"].(string); group != "" {
			version = group + "/" + version
		}
		if m["kind"] == kind.Kind && version == kind.APIVersion {
			return true
		}
	}
	return false
}

// gather adds a definition and all that it refers to, made strict.
func gather(name string, from, into map[string]schema) {
	if into[name] != nil {
		return
	}
	definition := from[name]
	if strings.HasSuffix(name, ".resource.Quantity") {
		definition = schema{"type": []string{"string", "number"}}
	}
	into[name] = definition
	strict(definition, func(reference string) { gather(strings.TrimPrefix(reference, definitions), from, into) })
}

// customResource writes the JSON Schema that a CustomResourceDefinition has for the version of the kind.
func customResource(t *testing.T, file string, kind object, into string) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Spec struct {
			Versions []struct {
				Name   string `yaml:"name"`
				Schema struct {
					OpenAPI schema `yaml:"openAPIV3Schema"`
				} `yaml:"schema"`
			} `yaml:"versions"`
		} `yaml:"spec"`
	}
	if err := yaml.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	for _, v := range document.Spec.Versions {
		if strings.HasSuffix(kind.APIVersion, "/"+v.Name) {
			strict(v.Schema.OpenAPI, nil)
			save(t, into, kind, v.Schema.OpenAPI)
		}
	}
}

// strict refuses fields that a schema does not name, and reports every reference. OpenAPI has a type of its own for what may
// be a number or a text.
func strict(s schema, refers func(reference string)) {
	if s["format"] == "int-or-string" || s["x-kubernetes-int-or-string"] == true {
		clear(s)
		s["type"] = []string{"integer", "string"}
	}
	if reference, ok := s["$ref"].(string); ok {
		refers(reference)
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if i, ok := s[inner].(schema); ok {
			strict(i, refers)
		}
	}
	properties, ok := s["properties"].(schema)
	if !ok {
		return
	}
	for property := range maps.Values(properties) {
		strict(property.(schema), refers)
	}
	if s["additionalProperties"] == nil && s["x-kubernetes-preserve-unknown-fields"] == nil {
		s["additionalProperties"] = false
	}
}

// save writes a schema where kubeconform looks for it: <kind>-<first part of the group>-<version>.json.
func save(t *testing.T, directory string, kind object, s schema) {
	t.Helper()
	content, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	group, version, grouped := strings.Cut(kind.APIVersion, "/")
	name := kind.Kind + "-" + group
	if grouped {
		group, _, _ = strings.Cut(group, ".")
		name = kind.Kind + "-" + group + "-" + version
	}
	if err := os.WriteFile(filepath.Join(directory, strings.ToLower(name)+".json"), content, 0o600); err != nil {
		t.Fatal(err)
	}
}
