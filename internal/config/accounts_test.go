package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// withFile is an environment with an accounts file and no account of its own.
func withFile(t *testing.T, content string, more ...string) []string {
	t.Helper()
	return append([]string{
		"AUTH_MODE=none", "LISTEN_ADDR=127.0.0.1:8080", "ROCKET_LATAM_PASSWORD=" + latamPassword, "ROCKET_ACCOUNTS_FILE=" + file(t, content),
	}, more...)
}

func wantAccounts(t *testing.T, c *config.Config, want ...config.Account) {
	t.Helper()
	compare := cmp.Comparer(func(a, b config.Secret) bool { return a == b })
	if diff := cmp.Diff(want, c.Accounts.List, compare, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestAccountOfTheEnvironment(t *testing.T) {
	c := load(t, required)
	wantAccounts(t, c, config.Account{Name: "default", Base: c.RocketURL, Username: "service", Password: password})
	if got := c.Accounts.Default; got != "default" {
		t.Errorf("the default is %q", got)
	}
	c = load(t, with("ROCKET_OAUTH_URL=https://login.example.com")) // which login does not use
	wantAccounts(t, c, config.Account{Name: "default", Base: c.RocketURL, Username: "service", Password: password})
	c = load(t, with("ROCKET_OAUTH_URL=https://login.example.com", "ROCKET_AUTH=oauth_v1"))
	wantAccounts(t, c,
		config.Account{Name: "default", Base: c.RocketURL, OAuth: c.RocketOAuthURL, Username: "service", Password: password})
}

func TestAccountsOfTheFile(t *testing.T) {
	c := load(t, withFile(t, latam+"default: latam\n", "ROCKET_URL=https://rocket.example.com"))
	wantAccounts(t, c, config.Account{Name: "latam", Base: c.RocketURL, Username: "svc-latam", Password: latamPassword})
	if got := c.Accounts.Default; got != "latam" {
		t.Errorf("the default is %q", got)
	}
	if c.Warnings != nil {
		t.Errorf("warnings of a variable that the file names: %q", c.Warnings)
	}
}

func TestAccountsOfBoth(t *testing.T) {
	c := load(t, withFile(t, latam+"rules: [{account: latam, providers: [aws]}]\n", required...))
	wantAccounts(t, c,
		config.Account{Name: "default", Base: c.RocketURL, Username: "service", Password: password},
		config.Account{Name: "latam", Base: c.RocketURL, Username: "svc-latam", Password: latamPassword})
	if got := c.Accounts.Default; got != "default" {
		t.Errorf("the default is %q", got)
	}
}

// An account without a currency has that of all.
func TestCurrenciesOfAccounts(t *testing.T) {
	content := strings.Replace(both, "username: svc-emea", "username: svc-emea\n    currency: EUR", 1) +
		"rules: [{account: emea, providers: [aws]}, {account: latam, providers: [gcp]}]\n"
	for currency, want := range map[string][]string{"BRL": {"BRL", "BRL", "EUR"}, "": {"", "", "EUR"}} {
		var got []string
		for _, a := range loadAccounts(t, content, append(slices.Clone(beside), "BILLING_CURRENCY="+currency)).List {
			got = append(got, a.Currency)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", currency, got, want)
		}
	}
}

// The faults of the file are reported with all others.
func TestFaultsOfAccountsAreAmongAllFaults(t *testing.T) {
	environ := withFile(t, latam+"rules: [{acount: latam}]\n", "ROCKET_TIMEOUT=soon")
	_, path, _ := strings.Cut(environ[3], "=")
	want := []string{
		"ROCKET_TIMEOUT: must be a duration of at least 1ms, as in 90s or 5m",
		"ROCKET_ACCOUNTS_FILE: " + path + ` line 5: "acount" is not known here; did you mean account?`,
		"ROCKET_ACCOUNTS_FILE: " + path + " line 1: default is required without ROCKET_USERNAME: " +
			"the account for queries that no rule matches, or none to refuse them",
	}
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(faults(t, environ)))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestHalfAnAccountBesideTheFile(t *testing.T) {
	content := latam + "rules: [{account: latam, providers: [aws]}]\n"
	wantFault(t, withFile(t, content, "ROCKET_USERNAME=service"), "ROCKET_PASSWORD", "required", "ROCKET_PASSWORD_FILE")
	wantFault(t, withFile(t, content, "ROCKET_PASSWORD="+password), "ROCKET_USERNAME", "required", "with ROCKET_PASSWORD")
}

func TestWarningsOfAccounts(t *testing.T) {
	c := load(t, withFile(t, latam+"    url: http://rocket.example.com\ndefault: latam\n", "ROCKET_ZZZZ=1"))
	if len(c.Warnings) != 2 || !strings.HasPrefix(c.Warnings[0], "ROCKET_ACCOUNTS_FILE: /") ||
		!strings.Contains(c.Warnings[0], " line 5: url is plain http") {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestAccountsAreNotPrinted(t *testing.T) {
	c := load(t, withFile(t, latam+"rules: [{account: latam, providers: [aws]}]\n", required...))
	for what, value := range map[string]any{
		"configuration": *c, "pointer to it": c, "origins": c.Origins,
		"accounts": c.Accounts, "list": c.Accounts.List, "account": c.Accounts.List[1], "pointer to an account": &c.Accounts.List[1],
		"pointer in a struct": struct{ Account *config.Account }{&c.Accounts.List[1]},
	} {
		testkit.WantMasked(t, what, value, password, latamPassword)
	}
}
