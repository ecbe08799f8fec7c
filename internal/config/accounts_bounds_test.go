package config_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestBounds(t *testing.T) {
	list := func(n int, form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	account := "- {name: a%[1]d, username: u%[1]d, password_env: LATAM_PASSWORD}\n"
	used := "- {account: a%d, providers: [aws]}\n"
	rule := "- {account: latam, resellers: [r-%d]}\n"
	ids := func(n int) string {
		return latam + "rules:\n- account: latam\n  resellers:\n" + list(n, "  - r-%d\n") + asDefault
	}
	check(t, alone, []faulty{
		{"100 accounts", "accounts:\n" + list(100, account) + "rules:\n" + list(100, used) + "default: none\n", nil},
		{
			"101 accounts", "accounts:\n" + list(101, account) + "rules:\n" + list(101, used) + "default: none\n",
			[]string{"line 1: accounts has more than 100 elements"},
		},
		{"1000 rules", latam + "rules:\n" + list(1000, rule) + asDefault, nil},
		{"1001 rules", latam + "rules:\n" + list(1001, rule) + asDefault, []string{"line 5: rules has more than 1000 elements"}},
		{"10000 ids", ids(10_000), nil},
		{"10001 in one list", ids(10_001), []string{"line 7: resellers has more than 10000 elements"}},
		{
			"10001 in several lists", latam + "rules:\n- account: latam\n  distributors:\n" + list(9_999, "  - d-%d\n") +
				"- account: latam\n  claim: {name: tenant, values: [acme]}\n" + asDefault,
			[]string{"line 10008: the rules hold more than 10000 ids up to here"},
		},
		{"101 keys", "{" + list(101, "k%d: , ") + "}", []string{"line 1: the file has more than 100 keys"}},
		{"1 MiB", latam + asDefault + "#" + strings.Repeat("x", 1<<20-len(latam+asDefault)-1), nil},
		{
			"more than 1 MiB", latam + asDefault + "#" + strings.Repeat("x", 1<<20-len(latam+asDefault)),
			[]string{"is larger than 1024 KiB"},
		},
	})
}

// A file of another kind gets no thousand lines.
func TestFaultsAreBounded(t *testing.T) {
	lines := accountsFaults(t, "accounts:\n"+strings.Repeat("- {a: , b: , c: , d: }\n", 100), alone)
	if len(lines) != 101 || lines[99] == "" || lines[100] != ": and 601 more" {
		t.Errorf("%d lines, the last: %q", len(lines), lines[len(lines)-1])
	}
}
