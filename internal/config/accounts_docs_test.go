package config_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// The example that operators copy loads, except for the file that only they have.
func TestTheDocumentedExample(t *testing.T) {
	page, err := os.ReadFile("../../docs/accounts.md")
	if err != nil {
		t.Fatal(err)
	}
	_, example, _ := strings.Cut(string(page), "```yaml\n")
	example, _, _ = strings.Cut(example, "```")
	example = strings.Replace(example, "/run/secrets/latam", written(t, latamPassword), 1)
	got := loadAccounts(t, example, alone)
	want := []config.Rule{
		{Account: "latam", Providers: map[string]bool{"aws": true, "gcp": true}, Distributors: map[string]bool{"2": true}},
		{Account: "emea", Claim: "region", Values: map[string]bool{"emea": true, "uk": true}},
	}
	if diff := cmp.Diff(want, got.Rules); diff != "" || got.Default != "latam" || len(got.List) != 2 {
		t.Errorf("%d accounts, default %s, rules -want +got:\n%s", len(got.List), got.Default, diff)
	}
}
