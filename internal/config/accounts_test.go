package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// latam is an accounts file that has but no default.
const latam = `accounts:
  - name: latam
    username: svc-latam
    password_env: ROCKET_LATAM_PASSWORD
`

const latamPassword = "ROCKET_LATAM_PASSWORD=hunter2-latam"

// withFile is an environment with an accounts file and no account of its own.
func withFile(t *testing.T, content string, more ...string) []string {
	t.Helper()
	return append([]string{"AUTH_MODE=none", latamPassword, "ROCKET_ACCOUNTS_FILE=" + file(t, content)}, more...)
}

func wantAccounts(t *testing.T, c *config.Config, want ...accounts.Account) {
	t.Helper()
	compare := cmp.Comparer(func(a, b config.Secret) bool { return a == b })
	if diff := cmp.Diff(want, c.Accounts.Accounts, compare, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// picks names the account for a question that nothing is said about.
func picks(c *config.Config) string {
	name, _ := c.Accounts.Pick(&query.Query{}, nil)
	return name
}

func TestAccountOfTheEnvironment(t *testing.T) {
	c := load(t, required)
	wantAccounts(t, c, accounts.Account{Name: "default", URL: c.RocketURL, Username: "service", Password: password})
	if got := picks(c); got != "default" {
		t.Errorf("picks %s", got)
	}
	c = load(t, with("ROCKET_OAUTH_URL=https://login.example.com")) // which login does not ask
	wantAccounts(t, c, accounts.Account{Name: "default", URL: c.RocketURL, Username: "service", Password: password})
	c = load(t, with("ROCKET_OAUTH_URL=https://login.example.com", "ROCKET_AUTH=oauth_v1"))
	wantAccounts(t, c,
		accounts.Account{Name: "default", URL: c.RocketURL, OAuthURL: c.RocketOAuthURL, Username: "service", Password: password})
}

func TestAccountsOfTheFile(t *testing.T) {
	c := load(t, withFile(t, latam+"default: latam\n", "ROCKET_URL=https://rocket.example.com"))
	wantAccounts(t, c, accounts.Account{Name: "latam", URL: c.RocketURL, Username: "svc-latam", Password: "hunter2-latam"})
	if got := picks(c); got != "latam" {
		t.Errorf("picks %s", got)
	}
	if c.Warnings != nil {
		t.Errorf("warnings of a variable that the file names: %q", c.Warnings)
	}
}

func TestAccountsOfBoth(t *testing.T) {
	c := load(t, withFile(t, latam+"rules: [{account: latam, providers: [aws]}]\n", required...))
	wantAccounts(t, c,
		accounts.Account{Name: "default", URL: c.RocketURL, Username: "service", Password: password},
		accounts.Account{Name: "latam", URL: c.RocketURL, Username: "svc-latam", Password: "hunter2-latam"})
	if got := picks(c); got != "default" {
		t.Errorf("picks %s", got)
	}
}

// The file's faults are told with all others.
func TestFaultsOfAccounts(t *testing.T) {
	environ := withFile(t, latam+"rules: [{acount: latam}]\n", "ROCKET_TIMEOUT=soon")
	_, path, _ := strings.Cut(environ[2], "=")
	want := []string{
		"ROCKET_TIMEOUT: must be a duration of at least 1ms, as in 90s or 5m",
		"ROCKET_ACCOUNTS_FILE: " + path + ` line 5: "acount" is not known here; did you mean account?`,
		"ROCKET_ACCOUNTS_FILE: " + path + " line 1: default is required without ROCKET_USERNAME: " +
			"the account for questions that no rule fits, or none to refuse them",
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
	for what, value := range map[string]any{"configuration": *c, "pointer to it": c, "origins": c.Origins} {
		testkit.WantMasked(t, what, value, password, "hunter2-latam")
	}
}
