package config_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Whatever the accounts file contains, Load returns, and what it accepts can be used as it is.
func FuzzAccounts(f *testing.F) {
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
		environ := alone
		if environmentsAccount {
			environ = beside
		}
		c, err := config.Load(withAccounts(environ, path))
		if err != nil {
			wantLines(t, err.Error(), path)
			return
		}
		wantUsable(t, c.Accounts)
	})
}

func wantLines(t *testing.T, text, path string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "ROCKET_ACCOUNTS_FILE: "+path) || strings.ContainsFunc(line, unicode.IsControl) {
			t.Errorf("a fault is not one line that begins with the setting and the path: %q", line)
		}
	}
}

var goodName = regexp.MustCompile(`^[a-z0-9-]{1,32}$`)

func wantUsable(t *testing.T, a config.Accounts) {
	t.Helper()
	var names []string
	for _, account := range a.List {
		if !goodName.MatchString(account.Name) || account.Base == nil || account.Base.Host == "" || account.Base.User != nil ||
			account.Username == "" || account.Password == "" {
			t.Errorf("accepted %+v", account)
		}
		if slices.Contains(names, account.Name) {
			t.Errorf("%s is there twice", account.Name)
		}
		names = append(names, account.Name)
	}
	if a.Default != "" && !slices.Contains(names, a.Default) {
		t.Errorf("the default %q is none of %q", a.Default, names)
	}
	for _, r := range a.Rules {
		if !slices.Contains(names, r.Account) || (r.Claim == "") != (len(r.Values) == 0) ||
			r.Providers[""] || r.Distributors[""] || r.Resellers[""] || r.Values[""] {
			t.Errorf("accepted %+v for %q", r, names)
		}
	}
}
