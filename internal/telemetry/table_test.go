package telemetry_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

var update = flag.Bool("update", false, "rewrite the table of metrics in docs/operations.md")

const (
	operations = "../../docs/operations.md"
	tableBegin = "<!-- metrics:begin -->\n"
	tableEnd   = "<!-- metrics:end -->\n"
)

// TestTable keeps the table of metrics what is registered. go test ./internal/telemetry -update writes it.
func TestTable(t *testing.T) {
	content, err := os.ReadFile(operations)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, begins := strings.Cut(string(content), tableBegin)
	written, tail, ends := strings.Cut(rest, tableEnd)
	if !begins || !ends {
		t.Fatalf("%s has no %s and %s", operations, tableBegin, tableEnd)
	}
	table := "\n" + rowsOf(complete().Catalogue()) + "\n"
	if *update {
		if err := os.WriteFile(operations, []byte(head+tableBegin+table+tableEnd+tail), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(table, written); diff != "" {
		t.Errorf("%s is not what is registered; run this test with -update (-want +got):\n%s", operations, diff)
	}
}

func rowsOf(all []telemetry.Description) string {
	var b strings.Builder
	b.WriteString("| metric | kind | labels | meaning |\n| --- | --- | --- | --- |\n")
	for _, d := range all {
		labels := ""
		if len(d.Labels) > 0 {
			labels = "`" + strings.Join(d.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", strings.TrimPrefix(d.Name, "rocket_gateway_"), d.Kind, labels, d.Help)
	}
	return b.String()
}
