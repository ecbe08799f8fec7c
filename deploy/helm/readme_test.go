package helm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const maxDefault = 60 // characters of a default that the table shows

// documentedValue is a value with a comment in values.yaml.
type documentedValue struct{ name, fallback, meaning string }

// documented returns the values of values.yaml. Each leaf, or a mapping above it, has a comment that begins with "--".
func documented(t *testing.T) (all []documentedValue) {
	t.Helper()
	content, err := os.ReadFile(chart + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		t.Fatal(err)
	}
	return walk(t, "", document.Content[0])
}

func walk(t *testing.T, prefix string, mapping *yaml.Node) (all []documentedValue) {
	t.Helper()
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		name := prefix + key.Value
		_, meaning, found := strings.Cut(key.HeadComment, "# -- ")
		switch {
		case found:
			var fallback any
			if err := value.Decode(&fallback); err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(fallback)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, documentedValue{name, string(text), strings.ReplaceAll(meaning, "\n# ", " ")})
		case value.Kind == yaml.MappingNode && len(value.Content) > 0:
			all = append(all, walk(t, name+".", value)...)
		default:
			t.Errorf("values.yaml line %d: %s has no comment that begins with --", key.Line, name)
		}
	}
	return all
}

// The README's table is made of values.yaml. go test ./deploy/helm -update writes it anew.
func TestReadmeListsTheValues(t *testing.T) {
	var table strings.Builder
	table.WriteString("| value | default | meaning |\n| --- | --- | --- |\n")
	for _, v := range documented(t) {
		if len(v.fallback) > maxDefault {
			v.fallback = "see values.yaml"
		}
		fmt.Fprintf(&table, "| `%s` | `%s` | %s |\n", v.name, v.fallback, v.meaning)
	}
	testkit.WantTable(t, chart+"/README.md", "values", table.String(), *update)
}
