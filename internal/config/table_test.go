package config_test

import (
	"flag"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

var update = flag.Bool("update", false, "rewrite the table of docs/settings.md")

// The table of docs/settings.md is generated: go test ./internal/config -run TestTableOfSettings -update writes it.
func TestTableOfSettings(t *testing.T) {
	testkit.WantTable(t, "../../docs/settings.md", "settings", config.Table(), *update)
}

// A cell must not break the table.
func TestTableIsMarkdown(t *testing.T) {
	rows := strings.Split(strings.TrimSuffix(config.Table(), "\n"), "\n")
	if got, want := len(rows), len(config.Names())+2; got != want {
		t.Errorf("got %d rows, want %d", got, want)
	}
	for _, row := range rows {
		if strings.Count(row, "|") != 4 || strings.Count(row, "`")%2 != 0 {
			t.Errorf("this row does not have three cells: %s", row)
		}
	}
	for i, name := range config.Names() {
		if !strings.HasPrefix(rows[i+2], "| `"+name+"` |") {
			t.Errorf("row %d is not about %s: %s", i, name, rows[i+2])
		}
	}
}
