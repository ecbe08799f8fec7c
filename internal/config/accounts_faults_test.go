package config_test

import (
	"strings"
	"testing"
)

func TestFaultsOfAccounts(t *testing.T) {
	check(t, alone, []faulty{
		{"a string", "accounts: [latam]\ndefault: latam\n", []string{
			"line 1: each of accounts must be a mapping of name, url, method, oauth_url, username, password_file, password_env, currency",
		}},
		{"nothing in it", "accounts:\n  - {}\ndefault: latam\n", []string{
			"line 2: name is required: the name of the account in rules",
			"line 2: username is required: the service account at Rocket",
			"line 2: password_file or password_env is required: where the password is",
		}},
		{"everything wrong", `accounts:
  - name: LATAM
    url: rocket.example.com
    method: basic
    username: 4711
    password_file: /nowhere/password
    currency: euro
default: LATAM
`, []string{
			"line 2: name must be 1 to 32 of a-z, 0-9 and '-', as in latam",
			"line 3: url must be an http or https URL without a query, as in https://rocket.example.com/rocketsvc",
			"line 4: method must be login or oauth_v1",
			`line 5: username must be a string; put it in quotes, as in "2"`,
			"line 6: password_file cannot be read: it does not exist",
			"line 7: currency must be a currency code of ISO 4217, three capital letters, as in BRL",
		}},
		{"empty values", "accounts:\n  - name:\n    url: ''\n    username: ~\n    password_env: ''\ndefault:\n", []string{
			"line 2: name must not be empty", "line 3: url must not be empty", "line 4: username must not be empty",
			"line 5: password_env must not be empty", "line 6: default must not be empty",
		}},
		{"values that are no strings", `accounts:
- name: [a]
  username: {a: b}
  password_env: no
  url: true
default: 1.5
`, []string{
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
			"line 5: default must be written out: aliases are not read",
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
		{"a password in the open", strings.Replace(latam, inVariable, "password: "+password, 1) + asDefault, []string{
			"line 4: password is refused: no secret stands in this file; password_file or password_env says where it is",
		}},
		{"a password in the open with a slip", strings.Replace(latam, inVariable, "passwrd: "+password, 1) + asDefault, []string{
			"line 2: password_file or password_env is required: where the password is",
			`line 4: "passwrd" is not known here; there are name, url, method, oauth_url, username, password_file, password_env, currency`,
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
		{"an OAuth URL without effect", latam + "    oauth_url: https://login.example.com\n" + asDefault, []string{
			"line 5: oauth_url has no effect without method: oauth_v1; leave it out",
		}},
		{"a bad OAuth URL", latam + "    method: oauth_v1\n    oauth_url: https://a@login.example.com\n" + asDefault, []string{
			"line 6: oauth_url must not have a user name or password; other settings have them",
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
		{"the same in other words", latam + twin + ", method: login, url: https://ROCKET.example.com/rocketsvc/}\n" + rules, []string{
			"line 5: url, method and username are those of the account named in line 2: it would be one account, with one cache",
		}},
		{"another URL", latam + twin + ", url: https://rocket.example.com}\n" + rules, nil},
		{"another method", latam + twin + oauth + "}\n" + rules, nil},
		{"an unknown method", latam + twin + ", method: oauth}\n" + rules, []string{"line 5: method must be login or oauth_v1"}},
		{"no URL", latam + twin + ", url: 1}\n" + rules, []string{`line 5: url must be a string; put it in quotes, as in "2"`}},
		{"no oauth_url", latam + twin + ", method: oauth_v1}\n" + rules, []string{
			"line 5: oauth_url is required: the base of /oauth2/token, since method is oauth_v1",
		}},
	})
	check(t, beside, []faulty{
		{"the environment's", strings.Replace(latam, "svc-latam", "service", 1) + ruled, []string{
			"line 2: url, method and username are those of ROCKET_USERNAME's account: it would be one account, with one cache",
		}},
	})
}
