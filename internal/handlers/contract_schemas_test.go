package handlers_test

import (
	"strings"
	"testing"

	"github.com/pb33f/libopenapi/datamodel/high/base"
)

// Generators put schemas, parameters and responses into one name space, whatever the case of their names.
func TestNamesOfSchemasAreTheirOwn(t *testing.T) {
	components := theContract(t).model.Components
	others := map[string]string{}
	for name, p := range components.Parameters.FromOldest() {
		others[plain(name)], others[plain(p.Name)] = "a parameter", "a parameter"
	}
	for name := range components.Responses.KeysFromOldest() {
		others[plain(name)] = "a response"
	}
	for name := range components.Schemas.KeysFromOldest() {
		if other := others[plain(name)]; other != "" {
			t.Errorf("the schema %s has the name of %s", name, other)
		}
	}
}

func plain(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
}

// Every schema and every member says what it means. No text has the format of a URI: clients refuse relative ones.
func TestSchemasAreDescribed(t *testing.T) {
	for name, proxy := range theContract(t).model.Components.Schemas.FromOldest() {
		s := proxy.Schema()
		if s.Description == "" {
			t.Errorf("%s has no description", name)
		}
		if strings.HasPrefix(s.Format, "uri") {
			t.Errorf("%s has the format %s", name, s.Format)
		}
		for member, proxy := range s.Properties.FromOldest() {
			wantDescribed(t, name+"."+member, proxy.Schema())
		}
	}
}

func wantDescribed(t *testing.T, member string, s *base.Schema) {
	t.Helper()
	nullable := len(s.Type) > 1 || len(s.AnyOf) > 1
	if s.Description == "" || nullable && !strings.Contains(strings.ToLower(s.Description), "null") {
		t.Errorf("%s has the description %q, nullable: %v", member, s.Description, nullable)
	}
	if strings.HasPrefix(s.Format, "uri") {
		t.Errorf("%s has the format %s", member, s.Format)
	}
}
