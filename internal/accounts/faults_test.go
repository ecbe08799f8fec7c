package accounts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
)

// Parts of files that are right.
const (
	latam = `accounts:
  - name: latam
    username: svc-latam
    password_env: LATAM_PASSWORD
`
	both = latam + `  - name: emea
    username: svc-emea
    password_env: EMEA_PASSWORD
`
	asDefault  = "default: latam\n"
	ruled      = "rules: [{account: latam, providers: [aws]}]\n"
	inVariable = "password_env: LATAM_PASSWORD" // of the first account
)

// faulty is a file and the lines that it is refused with.
type faulty struct {
	what, content string
	want          []string
}

func check(t *testing.T, defaults accounts.Defaults, table []faulty) {
	t.Helper()
	for _, tt := range table {
		t.Run(tt.what, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, faults(t, tt.content, defaults)); diff != "" {
				t.Errorf("-want +got:\n%s\n%s", diff, tt.content)
			}
		})
	}
}

func TestFaultsOfTheFile(t *testing.T) {
	check(t, alone, []faulty{
		{"nothing", "", []string{"line 1: there is nothing in this file; it needs accounts"}},
		{"a comment", "# accounts\n", []string{"line 1: there is nothing in this file; it needs accounts"}},
		{"null", "~", []string{"line 1: the file must be a mapping of accounts, rules, default"}},
		{"a list", "# one\n- name: latam\n", []string{"line 2: the file must be a mapping of accounts, rules, default"}},
		{"two documents", latam + asDefault + "---\n{}\n", []string{"line 6: a second document begins here; there can be one"}},
		{"a tab", "accounts:\n\t- name: latam\n", []string{"line 2: this is no YAML: found character that cannot start any token"}},
		{"an open list", "accounts: [\n", []string{"line 2: this is no YAML: did not find expected node content"}},
		{"an unknown alias", "accounts:\n  *latam\n", []string{"line 2: this is no YAML that is read here; aliases are not"}},
		{"a control character", "accounts:\n  - name: a\x00b\n", []string{"line 2: must be text in UTF-8 without control characters"}},
		{"Latin-1", "# ok\n\n# S\xe3o Paulo\n", []string{"line 3: must be text in UTF-8 without control characters"}},
		{"empty mapping", "{}", []string{
			"line 1: accounts is required: a list of service accounts",
			"line 1: default is required without ROCKET_USERNAME: the account for questions that no rule fits, or none to refuse them",
		}},
		{"unknown key", latam + asDefault + "fallback: latam\n", []string{
			`line 6: "fallback" is not known here; there are accounts, rules, default`,
		}},
		{"misspelt keys", "acounts: []\nrule: []\nDefault: latam\n", []string{
			`line 1: "acounts" is not known here; did you mean accounts?`,
			`line 2: "rule" is not known here; did you mean rules?`,
			`line 3: "Default" is not known here; did you mean default?`,
		}},
		{"doubled key", latam + asDefault + asDefault, []string{`line 6: "default" stands in line 5 already`}},
		{"merge key", latam + asDefault + "<<: {}\n", []string{
			`line 6: "<<" is not known here; there are accounts, rules, default`,
		}},
		{"keys that are no text", latam + asDefault + "[a]: b\n? {c: d}\n", []string{
			"line 6: a key must be one of accounts, rules, default",
			"line 7: a key must be one of accounts, rules, default",
		}},
		{"key with a line break", latam + asDefault + `"a\nb": c` + "\n", []string{
			`line 6: "a\nb" is not known here; there are accounts, rules, default`,
		}},
		{"accounts that are none", "accounts:\nrules: latam\ndefault: latam\n", []string{
			"line 1: accounts must be a list", "line 2: rules must be a list",
		}},
		{"empty lists", "accounts: []\nrules: []\ndefault: latam\n", []string{
			"line 1: accounts must not be empty", "line 2: rules must not be empty",
		}},
	})
}
