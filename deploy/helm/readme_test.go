package helm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

var (
	secretKey = regexp.MustCompile(`secret: rocket-gateway, key: ([\w-]+)`)
	fromFile  = regexp.MustCompile(`--from-file=([\w-]+)`)
)

// The command that creates the Secret creates the keys that the values of the same page name, and no others.
func TestPagesCreateTheKeysThatTheyUse(t *testing.T) {
	for _, page := range []string{chart + "/README.md", "../../docs/kubernetes.md"} {
		content, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, command, _ := strings.Cut(string(content), "create secret generic rocket-gateway ")
		command, _, _ = strings.Cut(command, "\n$ ")
		if diff := cmp.Diff(groups(secretKey, string(content)), groups(fromFile, command)); diff != "" {
			t.Errorf("%s: the values name other keys than the command creates (-values +command):\n%s", page, diff)
		}
	}
}

// groups returns what the first group of a pattern matches, sorted.
func groups(pattern *regexp.Regexp, text string) (all []string) {
	for _, match := range pattern.FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	slices.Sort(all)
	return slices.Compact(all)
}
