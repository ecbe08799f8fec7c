package accounts_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Whatever stands in the file, Read ends, and what it accepts can be used as it is.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"", latam + asDefault,
		both + "rules: [{account: emea, claim: {name: tenant, values: [acme]}}]\n" + asDefault,
		both + "rules:\n- account: latam\n  providers: [aws]\n  resellers: ['1']\n- account: emea\n  distributors: [a]\n" +
			"default: none\n",
		latam + "    url: http://example.com/api/v4\n    method: oauth_v1\n    oauth_url: https://example.com\n" +
			"rules: [{account: latam}]\n",
		"accounts: &a [*a]\ndefault: *a\n", "---\n---\n", "? [a]\n: b\n",
		"{accounts: [{name: a, name: b, password: c}], rules: [{}, 1, [], ~]}",
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	path := filepath.Join(f.TempDir(), "accounts.yaml")
	f.Fuzz(func(t *testing.T, content string, environmentsAccount bool) {
		if strings.Contains(content, "password_file") {
			t.Skip("it may name any file of the machine")
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		defaults := alone
		if environmentsAccount {
			defaults = beside
		}
		book, err := accounts.Read(path, defaults, environment)
		if err != nil {
			wantLines(t, err.Error(), path)
			return
		}
		wantUsable(t, book)
	})
}

func wantLines(t *testing.T, text, path string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, path) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("a fault is not one line that begins with the path: %q", line)
		}
	}
}

var goodName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func wantUsable(t *testing.T, book *accounts.Book) {
	t.Helper()
	var names []string
	for _, a := range book.Accounts {
		if !goodName.MatchString(a.Name) || a.URL == nil || a.URL.Host == "" || a.URL.User != nil ||
			a.Username == "" || a.Password == "" {
			t.Errorf("accepted %+v", a)
		}
		if slices.Contains(names, a.Name) {
			t.Errorf("%s is there twice", a.Name)
		}
		names = append(names, a.Name)
	}
	for _, provider := range []query.Provider{query.AWS, query.Azure, "other"} {
		name, ok := book.Pick(&query.Query{Provider: provider, Params: query.Params{ResellerID: "1"}}, claims{"tenant": {"acme"}}.values)
		if ok != slices.Contains(names, name) {
			t.Errorf("picks %q, %v of %q", name, ok, names)
		}
	}
}
