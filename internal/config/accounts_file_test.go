package config_test

import "testing"

func TestFaultsOfTheFile(t *testing.T) {
	check(t, alone, []faulty{
		{"nothing", "", []string{"line 1: the file is empty; it needs accounts"}},
		{"a comment", "# accounts\n", []string{"line 1: the file is empty; it needs accounts"}},
		{"null", "~", []string{"line 1: the file must be a mapping of accounts, rules, default"}},
		{"a list", "# one\n- name: latam\n", []string{"line 2: the file must be a mapping of accounts, rules, default"}},
		{"two documents", latam + asDefault + "---\n{}\n", []string{"line 6: a second document begins here; there can be one"}},
		{"a tab", "accounts:\n\t- name: latam\n", []string{"line 2: this is no YAML: found character that cannot start any token"}},
		{"an open list", "accounts: [\n", []string{"line 2: this is no YAML: did not find expected node content"}},
		{"an unknown alias", "accounts:\n  *latam\n", []string{"line 2: this YAML is not supported here; write values out instead of aliases"}},
		{"a control character", "accounts:\n  - name: a\x00b\n", []string{"line 2: must be text in UTF-8 without control characters"}},
		{"Latin-1", "# ok\n\n# S\xe3o Paulo\n", []string{"line 3: must be text in UTF-8 without control characters"}},
		{"empty mapping", "{}", []string{
			"line 1: accounts is required: a list of service accounts",
			"line 1: default is required without ROCKET_USERNAME: the account for queries that no rule matches, or none to refuse them",
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
