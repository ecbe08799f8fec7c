package accounts_test

import (
	"strings"
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
	asDefault = "default: latam\n"
)

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

func TestFaultsOfAccounts(t *testing.T) {
	check(t, alone, []faulty{
		{"a string", "accounts: [latam]\ndefault: latam\n", []string{
			"line 1: each of accounts must be a mapping of name, url, method, oauth_url, username, password_file, password_env",
		}},
		{"nothing in it", "accounts:\n  - {}\ndefault: latam\n", []string{
			"line 2: name is required: what rules call the account",
			"line 2: username is required: the service account at Rocket",
			"line 2: password_file or password_env is required: where the password is",
		}},
		{"everything wrong", `accounts:
  - name: LATAM
    url: rocket.example.com
    method: basic
    username: 4711
    password_file: /nowhere/password
default: LATAM
`, []string{
			"line 2: name must be 1 to 32 of a-z, 0-9 and '-', as in latam",
			"line 3: url must be an http or https URL without a query, as in https://rocket.example.com/rocketsvc",
			"line 4: method must be login or oauth_v1",
			`line 5: username must be a string; put it in quotes, as in "2"`,
			"line 6: password_file cannot be read",
		}},
		{"empty values", "accounts:\n  - name:\n    url: ''\n    username: ~\n    password_env: ''\ndefault:\n", []string{
			"line 2: name must not be empty", "line 3: url must not be empty", "line 4: username must not be empty",
			"line 5: password_env must not be empty", "line 6: default must not be empty",
		}},
		{"values that are no strings", "accounts:\n- name: [a]\n  username: {a: b}\n  password_env: no\n  url: true\ndefault: 1.5\n", []string{
			"line 2: name must be a string", "line 3: username must be a string",
			"line 4: password_env must name a variable that is set",
			`line 5: url must be a string; put it in quotes, as in "2"`,
			`line 6: default must be a string; put it in quotes, as in "2"`,
		}},
		{"tags", strings.Replace(latam, "svc-latam", "!secret svc", 1) + asDefault, []string{
			`line 3: username must be a string; put it in quotes, as in "2"`,
		}},
		{"line breaks in a value", strings.Replace(latam, "svc-latam", "|\n      svc\n      latam", 1) + asDefault, []string{
			"line 3: username must have no line break or other control character",
		}},
		{"an alias", strings.Replace(latam, "name: latam", "name: &name latam", 1) + "default: *name\n", []string{
			"line 5: default must be a string, written out: aliases are not read",
		}},
		{"names that are not allowed", `accounts:
  - {name: default, username: a, password_env: LATAM_PASSWORD}
  - {name: none, username: b, password_env: LATAM_PASSWORD}
  - {name: "", username: c, password_env: LATAM_PASSWORD}
  - {name: ` + strings.Repeat("a", 33) + `, username: d, password_env: LATAM_PASSWORD}
  - {name: são, username: e, password_env: LATAM_PASSWORD}
  - {name: "2", username: f, password_env: LATAM_PASSWORD}
default: "2"
`, []string{
			"line 2: name must not be default: default is ROCKET_USERNAME's account, and none is no account",
			"line 3: name must not be none: default is ROCKET_USERNAME's account, and none is no account",
			"line 4: name must not be empty",
			"line 5: name must be 1 to 32 of a-z, 0-9 and '-', as in latam",
			"line 6: name must be 1 to 32 of a-z, 0-9 and '-', as in latam",
		}},
		{"a name twice", both + "  - name: latam\n    username: third\n    password_env: LATAM_PASSWORD\n" + asDefault, []string{
			"line 5: no rule uses emea, and it is not the default either",
			"line 8: name must be another than that in line 2",
		}},
		{"a password in the open", strings.Replace(latam, "password_env: LATAM_PASSWORD", "password: "+password, 1) + asDefault, []string{
			"line 4: password is refused: no secret stands in this file; password_file or password_env says where it is",
		}},
		{"a password in the open with a slip", strings.Replace(latam, "password_env: LATAM_PASSWORD", "passwrd: "+password, 1) + asDefault, []string{
			"line 2: password_file or password_env is required: where the password is",
			`line 4: "passwrd" is not known here; there are name, url, method, oauth_url, username, password_file, password_env`,
		}},
		{"two places for it", latam + "    password_file: /run/secrets/latam\n" + asDefault, []string{
			"line 4: password_env cannot stand beside the password_file in line 5; keep one",
		}},
		{"a variable that is not set", strings.Replace(latam, "LATAM_", "APAC_", 1) + asDefault, []string{
			"line 4: password_env must name a variable that is set",
		}},
		{"oauth_v1 without its URL", latam + "    method: oauth_v1\n" + asDefault, []string{
			"line 2: oauth_url is required: the base of /oauth2/token, since method is oauth_v1",
		}},
		{"an OAuth URL that nobody asks", latam + "    oauth_url: https://login.example.com\n" + asDefault, []string{
			"line 5: oauth_url has no effect without method: oauth_v1; leave it out",
		}},
		{"a bad OAuth URL", latam + "    method: oauth_v1\n    oauth_url: https://a@login.example.com\n" + asDefault, []string{
			"line 6: oauth_url must not hold a user name or password; they have settings of their own",
		}},
	})
}

func TestFaultsOfRules(t *testing.T) {
	check(t, alone, []faulty{
		{"a string", both + "rules: [latam]\ndefault: emea\n", []string{
			"line 8: each of rules must be a mapping of account, providers, distributors, resellers, claim",
		}},
		{"nothing in it", latam + "rules:\n- {}\n" + asDefault, []string{
			"line 6: account is required: the account that the rule is for",
			"line 7: default is never asked: the rule in line 6 fits every question",
		}},
		{"conditions that are none", latam + `rules:
  - account: latam
    providers: aws
    distributors: []
    resellers:
    claim: tenant
` + asDefault, []string{
			"line 7: providers must be a list", "line 8: distributors must not be empty", "line 9: resellers must be a list",
			"line 10: claim must be a mapping of name, values",
		}},
		{"values that are none", latam + `rules:
  - account: latam
    providers: [aws, AWS, oracle]
    distributors: [2, "2"]
    resellers:
      - r-1
      - ""
      - ~
      - [r-2]
      - "r\t3"
      - ` + strings.Repeat("é", 257) + `
      - ` + strings.Repeat("é", 256) + `
    claim: {name: "", values: [acme, 7]}
` + asDefault, []string{
			"line 7: each of providers must be azure, aws or gcp", "line 7: each of providers must be azure, aws or gcp",
			`line 8: each of distributors must be a string; put it in quotes, as in "2"`,
			"line 11: each of resellers must not be empty", "line 12: each of resellers must not be empty",
			"line 13: each of resellers must be a string",
			"line 14: each of resellers must have no line break or other control character",
			"line 15: each of resellers must have at most 256 characters",
			"line 17: name must not be empty", `line 17: each of values must be a string; put it in quotes, as in "2"`,
		}},
		{"half a claim", latam + "rules:\n- account: latam\n  claim: {}\n- account: latam\n  claim: {nam: a, value: [b], vaules: [c]}\n" + asDefault, []string{
			"line 7: name is required: the claim that is looked at", "line 7: values is required: a list of those that fit",
			`line 9: "nam" is not known here; did you mean name?`, `line 9: "value" is not known here; did you mean values?`,
			`line 9: "vaules" is not known here; did you mean values?`,
		}},
		{"an account that is not there", both + "rules:\n- account: latm\n  providers: [aws]\n- account: apac\n  providers: [gcp]\n" + asDefault, []string{
			`line 9: account must be an account of this file, not "latm"; did you mean latam?`,
			`line 11: account must be an account of this file, not "apac"`,
		}},
		{"no account of the environment", latam + "rules:\n- account: default\n  providers: [aws]\n" + asDefault, []string{
			"line 6: account must be an account of this file: default is ROCKET_USERNAME's, which is not set",
		}},
		{"a default that is not there", latam + "default: latin\n", []string{`line 5: default must be an account of this file, not "latin"`}},
		{"a rule that hides others", both + "rules:\n- account: latam\n- account: emea\n  providers: [aws]\n" + asDefault, []string{
			"line 9: a rule without conditions fits every question and hides those below; give it one, or move it to the end",
		}},
		{"a default that is hidden", latam + "rules:\n- account: latam\n" + asDefault, []string{
			"line 7: default is never asked: the rule in line 6 fits every question",
		}},
		{"no default", latam + "rules:\n- account: latam\n  providers: [aws]\n", []string{
			"line 1: default is required without ROCKET_USERNAME: the account for questions that no rule fits, or none to refuse them",
		}},
		{"accounts that ask nothing", both + "default: none\n", []string{
			"line 2: no rule uses latam, and it is not the default either",
			"line 5: no rule uses emea, and it is not the default either",
		}},
		{"a misspelt condition", latam + "rules:\n- account: latam\n  reselers: [r-1]\n- account: latam\n  customers: [c-1]\n" + asDefault, []string{
			`line 7: "reselers" is not known here; did you mean resellers?`,
			`line 9: "customers" is not known here; there are account, providers, distributors, resellers, claim`,
		}},
	})
}

func TestFaultsOfTwins(t *testing.T) {
	twin := "  - {name: twin, username: svc-latam, password_env: EMEA_PASSWORD"
	rules := "rules: [{account: twin, providers: [aws]}]\n" + asDefault
	oauth := ", method: oauth_v1, oauth_url: https://login.example.com"
	check(t, alone, []faulty{
		{"the same", latam + twin + "}\n" + rules, []string{
			"line 5: url, method and username are those of the account named in line 2: it would be one account, with one cache",
		}},
		{"the same written out", latam + twin + ", url: https://ROCKET.example.com/rocketsvc/api/v4/, method: login}\n" + rules, []string{
			"line 5: url, method and username are those of the account named in line 2: it would be one account, with one cache",
		}},
		{"another URL", latam + twin + ", url: https://rocket.example.com}\n" + rules, nil},
		{"another method", latam + twin + oauth + "}\n" + rules, nil},
	})
	check(t, beside, []faulty{
		{"the environment's", strings.Replace(latam, "svc-latam", "service", 1) + "rules: [{account: latam, providers: [aws]}]\n", []string{
			"line 2: url, method and username are those of ROCKET_USERNAME's account: it would be one account, with one cache",
		}},
	})
}

func TestFaultsBesideTheEnvironmentsAccount(t *testing.T) {
	check(t, beside, []faulty{
		{"another default", latam + asDefault, []string{
			"line 1: no rule uses ROCKET_USERNAME's account, default, and it is not the default either",
		}},
		{"a rule that leaves nothing over", latam + "rules: [{account: latam}]\n", []string{
			"line 1: no rule uses ROCKET_USERNAME's account, default, and it is not the default either",
		}},
		{"its account, used by a rule", latam + "rules: [{account: default, providers: [aws]}]\n" + asDefault, nil},
		{"its account, by name", latam + "rules: [{account: latam, providers: [aws]}]\ndefault: default\n", nil},
		{"its account, without a word", latam + "rules: [{account: latam, providers: [aws]}]\n", nil},
	})
}

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
