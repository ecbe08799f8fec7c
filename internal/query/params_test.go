package query

import (
	"reflect"
	"strings"
	"testing"
)

// A new row changes no key of a query without it, and its values cannot be taken for catalogs.
func TestKeysWithANewRow(t *testing.T) {
	type region struct {
		Catalog []string `param:"catalog"`
		Region  string   `param:"region" wire:"location"`
	}
	canonical := func(v region) string {
		return string(appendParams(nil, rowsOf(reflect.TypeFor[region]()), reflect.ValueOf(&v).Elem()))
	}
	for got, want := range map[string]string{
		canonical(region{Catalog: []string{"a", "b"}}):              "\x01a\x01b",
		canonical(region{Catalog: []string{"a", "b"}, Region: "x"}): "\x01a\x01b\x07\x00region\x01x",
		canonical(region{Region: "x"}):                              "\x07\x00region\x01x",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Everything that depends on the table relies on its rows being complete.
func TestRows(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range table {
		if p.Name == "" || seen[p.Name] || strings.ToLower(p.Name) != p.Name {
			t.Errorf("row %+v has no name of its own", p)
		}
		seen[p.Name] = true
		if (p.Wire == "") != (p.Name == "period" || p.kinds != nil && p.later) {
			t.Errorf("%s has the key %q", p.Name, p.Wire)
		}
	}
	if len(table) > 64 {
		t.Errorf("%d rows, but reader.seen has 64 bits", len(table))
	}
}
