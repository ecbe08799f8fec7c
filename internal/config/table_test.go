package config_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

var update = flag.Bool("update", false, "rewrite the table of docs/settings.md")

const (
	page  = "../../docs/settings.md"
	begin = "<!-- settings:begin -->\n"
	end   = "<!-- settings:end -->\n"
)

// The table of docs/settings.md is generated: go test ./internal/config -run TestTableOfSettings -update writes it.
func TestTableOfSettings(t *testing.T) {
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, table, after, ok := cutTable(string(content))
	if !ok {
		t.Fatalf("%s needs the two lines %q and %q, each once and in this order", page, begin, end)
	}
	if *update {
		rewritten := before + begin + "\n" + config.Table() + "\n" + end + after
		if err := os.WriteFile(page, []byte(rewritten), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(strings.TrimSpace(config.Table()), strings.TrimSpace(table)); diff != "" {
		t.Errorf("%s is not what internal/config/settings.go says; run this test with -update (-want +got):\n%s", page, diff)
	}
}

// cutTable returns the text before, between and after the two lines.
func cutTable(content string) (before, table, after string, ok bool) {
	if strings.Count(content, begin) != 1 || strings.Count(content, end) != 1 {
		return "", "", "", false
	}
	before, rest, _ := strings.Cut(content, begin)
	table, after, ok = strings.Cut(rest, end)
	return before, table, after, ok
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
