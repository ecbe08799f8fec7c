package helm_test

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// table has the variables that the chart takes, by their place among its values.
type table struct{ config, files map[string]any }

func variables(t *testing.T) table {
	t.Helper()
	content, err := os.ReadFile(chart + "/values.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	type names struct {
		Properties map[string]any `json:"properties"`
	}
	var schema struct {
		Properties struct {
			Config names `json:"config"`
			Files  names `json:"files"`
		} `json:"properties"`
	}
	if err := json.Unmarshal(content, &schema); err != nil {
		t.Fatal(err)
	}
	return table{schema.Properties.Config.Properties, schema.Properties.Files.Properties}
}

// places returns where a variable may stand.
func (v table) places(name string) (found []string) {
	if _, ok := v.config[name]; ok {
		found = append(found, "config."+name)
	}
	for _, file := range []string{name, name + "_FILE"} {
		if _, ok := v.files[file]; ok {
			found = append(found, "files."+file)
		}
	}
	return found
}

// misplaced returns what is wrong with the places of settings. Old names of renamed ones stand where the new ones do, with the same values.
func (v table) misplaced(names []string, renamed map[string]string) (wrong []string) {
	for _, name := range names {
		if places := v.places(name); len(places) != 1 && name != "LOG_LEVEL" {
			wrong = append(wrong, fmt.Sprintf("%s has the places %q, want one: config.%s, or files.%s_FILE of a secret, or files.%s",
				name, places, name, name, name))
		}
	}
	for place, variables := range map[string]map[string]any{"config": v.config, "files": v.files} {
		for old, name := range renamed {
			if !reflect.DeepEqual(variables[old], variables[name]) {
				wrong = append(wrong, fmt.Sprintf("%s.%s is not what its new name %s is", place, old, name))
			}
		}
		for name := range variables {
			setting := strings.TrimSuffix(name, "_FILE")
			if renamed[name] == "" && !slices.Contains(names, name) && (place == "config" || !slices.Contains(names, setting)) {
				wrong = append(wrong, fmt.Sprintf("%s.%s is no variable of the gateway", place, name))
			}
		}
	}
	slices.Sort(wrong)
	return wrong
}

// A new setting has one line in values.schema.json: in config, or where it is a secret or a path in files. The level of the log
// may stand in either. One that gets another name has a line for each name.
func TestEveryVariableHasItsPlace(t *testing.T) {
	for _, fault := range variables(t).misplaced(config.Names(), config.OldNames()) {
		t.Errorf("values.schema.json: %s", fault)
	}
}

func TestMisplacedVariables(t *testing.T) {
	names, renamed := []string{"TTL", "SECRET"}, map[string]string{"AGE": "TTL", "KEY": "SECRET", "KEY_FILE": "SECRET_FILE"}
	anything := func(names ...string) map[string]any {
		all := map[string]any{}
		for _, name := range names {
			all[name] = "anything"
		}
		return all
	}
	for _, tt := range []struct {
		table
		want []string
	}{
		{table{anything("TTL", "AGE"), anything("SECRET_FILE", "KEY_FILE")}, nil},
		{
			table{anything("TTL"), anything("SECRET_FILE", "KEY_FILE", "OTHER_FILE")},
			[]string{"config.AGE is not what its new name TTL is", "files.OTHER_FILE is no variable of the gateway"},
		},
		{
			table{map[string]any{"TTL": "a duration", "AGE": "a text", "OTHER": "a text"}, anything("SECRET_FILE")},
			[]string{
				"config.AGE is not what its new name TTL is", "config.OTHER is no variable of the gateway",
				"files.KEY_FILE is not what its new name SECRET_FILE is",
			},
		},
		{
			table{anything("TTL", "AGE", "KEY", "SECRET"), anything("SECRET_FILE", "KEY_FILE")},
			[]string{
				`SECRET has the places ["config.SECRET" "files.SECRET_FILE"], want one: ` +
					`config.SECRET, or files.SECRET_FILE of a secret, or files.SECRET`,
			},
		},
	} {
		if got := tt.misplaced(names, renamed); !slices.Equal(got, tt.want) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}
