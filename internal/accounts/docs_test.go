package accounts_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// The example that operators copy is right, but for the file that only they have.
func TestTheDocumentedExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/accounts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	example = strings.Replace(example, "/run/secrets/latam", written(t, password), 1)
	book := read(t, example, alone)
	for _, tt := range []struct {
		query  query.Query
		claims claims
		want   string
	}{
		{query.Query{Provider: query.AWS, Params: query.Params{DistributorID: "2"}}, nil, "latam"},
		{query.Query{Provider: query.Azure}, claims{"region": {"uk"}}, "emea"},
		{query.Query{Provider: query.Azure}, nil, "latam"},
	} {
		if got, ok := book.Pick(&tt.query, tt.claims.values); got != tt.want || !ok {
			t.Errorf("%+v of %v: got %q, %v, want %s", tt.query, tt.claims, got, ok, tt.want)
		}
	}
}
