package testkit

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// WantTable checks the generated table of a page, which is between the lines <!-- name:begin --> and <!-- name:end -->. With update it
// writes the table instead.
func WantTable(t testing.TB, page, name, table string, update bool) {
	t.Helper()
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->\n"
	content, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(content), begin)
	written, after, ok := strings.Cut(rest, end)
	if !ok || strings.Count(string(content), begin) != 1 || strings.Count(string(content), end) != 1 {
		t.Fatalf("%s needs the two lines %q and %q, each once and in this order", page, begin, end)
	}
	if table = "\n" + table + "\n"; update {
		if err := os.WriteFile(page, []byte(before+begin+table+end+after), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(table, written); diff != "" {
		t.Errorf("the table of %s is another one; run this test with -update (-want +got):\n%s", page, diff)
	}
}
