package config_test

import (
	"strings"
	"testing"
)

func TestFaultsOfRules(t *testing.T) {
	check(t, alone, []faulty{
		{"a string", both + "rules: [latam]\ndefault: emea\n", []string{
			"line 8: each of rules must be a mapping of account, providers, distributors, resellers, claim",
		}},
		{"nothing in it", latam + "rules:\n- {}\n" + asDefault, []string{
			"line 6: account is required: the account that the rule is for",
			"line 7: default has no effect: the rule in line 6 matches every query",
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
		{"half a claim", latam + `rules:
- account: latam
  claim: {}
- account: latam
  claim: {nam: a, value: [b], vaules: [c]}
` + asDefault, []string{
			"line 7: name is required: the claim that is compared", "line 7: values is required: a list of its values that match",
			`line 9: "nam" is not known here; did you mean name?`, `line 9: "value" is not known here; did you mean values?`,
			`line 9: "vaules" is not known here; did you mean values?`,
		}},
		{"an account that is not there", both + `rules:
- account: latm
  providers: [aws]
- account: apac
  providers: [gcp]
` + asDefault, []string{
			`line 9: account must be an account of this file, not "latm"; did you mean latam?`,
			`line 11: account must be an account of this file, not "apac"`,
		}},
		{"no account of the environment", latam + "rules:\n- account: default\n  providers: [aws]\n" + asDefault, []string{
			`line 6: account must be an account of this file, not "default": that is ROCKET_USERNAME's, which is not set`,
		}},
		{"a default that is not there", latam + "default: latin\n", []string{
			`line 5: default must be an account of this file, not "latin"`,
		}},
		{"a rule that hides others", both + "rules:\n- account: latam\n- account: emea\n  providers: [aws]\n" + asDefault, []string{
			"line 9: a rule without conditions matches every query and hides those below; add one, or move the rule to the end",
		}},
		{"a default that is hidden", latam + "rules:\n- account: latam\n" + asDefault, []string{
			"line 7: default has no effect: the rule in line 6 matches every query",
		}},
		{"no default", latam + "rules:\n- account: latam\n  providers: [aws]\n", []string{
			"line 1: default is required without ROCKET_USERNAME: the account for queries that no rule matches, or none to refuse them",
		}},
		{"accounts that ask nothing", both + "default: none\n", []string{
			"line 2: no rule uses latam, and it is not the default either",
			"line 5: no rule uses emea, and it is not the default either",
		}},
		{"a misspelt condition", latam + `rules:
- account: latam
  reselers: [r-1]
- account: latam
  customers: [c-1]
` + asDefault, []string{
			`line 7: "reselers" is not known here; did you mean resellers?`,
			`line 9: "customers" is not known here; there are account, providers, distributors, resellers, claim`,
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
		{"its account, by name", latam + ruled + "default: default\n", nil},
		{"its account, without a word", latam + ruled, nil},
	})
}
