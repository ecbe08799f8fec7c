package helm_test

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"
)

// effect is what a value of values.yaml changes.
type effect struct {
	Value string         `yaml:"value"`
	Warm  bool           `yaml:"warm"`
	Set   map[string]any `yaml:"set"`
	In    string         `yaml:"in"`
	At    string         `yaml:"at"`
	Want  any            `yaml:"want"`
}

const warmValues = "testdata/warm.yaml"

func effects(t *testing.T) (all []effect) {
	t.Helper()
	content, err := os.ReadFile("testdata/effects.yaml")
	if err == nil {
		err = yaml.Unmarshal(content, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestEffects(t *testing.T) {
	for _, e := range effects(t) {
		t.Run(e.Value, func(t *testing.T) {
			t.Parallel()
			content, err := json.Marshal(e.Set)
			if err != nil {
				t.Fatal(err)
			}
			files := []string{minimal, written(t, string(content))}
			if e.Warm {
				files = slices.Insert(files, 1, warmValues)
			}
			got := field(find(t, render(t, files...), e.In), e.At)
			if diff := cmp.Diff(e.Want, got); diff != "" {
				t.Errorf("%s\n%s %s: -want +got:\n%s", content, e.In, e.At, diff)
			}
		})
	}
}

func TestEveryValueHasAnEffect(t *testing.T) {
	all := effects(t)
	for _, v := range documented(t) {
		if !slices.ContainsFunc(all, func(e effect) bool { return e.Value == v.name }) {
			t.Errorf("%s of values.yaml has no entry in testdata/effects.yaml", v.name)
		}
	}
}

// find returns the only object of a kind and an end of its name, or nil.
func find(t *testing.T, rendered, object string) (found any) {
	t.Helper()
	kind, end, _ := strings.Cut(object, " ")
	for decoder := yaml.NewDecoder(strings.NewReader(rendered)); ; {
		var o map[string]any
		if err := decoder.Decode(&o); errors.Is(err, io.EOF) {
			return found
		} else if err != nil {
			t.Fatal(err)
		}
		if name, _ := field(o, "metadata/name").(string); o["kind"] == kind && strings.HasSuffix(name, end) {
			if found != nil {
				t.Fatalf("%s is not the only one", object)
			}
			found = o
		}
	}
}

// field returns a field of an object by its path, or nil. A slash in a name is ~1 there.
func field(object any, path string) any {
	if path == "" {
		return object
	}
	for name := range strings.SplitSeq(path, "/") {
		switch o := object.(type) {
		case map[string]any:
			object = o[strings.ReplaceAll(name, "~1", "/")]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(o) {
				return nil
			}
			object = o[i]
		default:
			return nil
		}
	}
	return object
}
