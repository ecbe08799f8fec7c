package config_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

func TestEverythingIsRead(t *testing.T) {
	mounted := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(mounted, []byte(emeaPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := loadAccounts(t, `
accounts:
  - name: latam
    url: https://Latam.example.com/rocketsvc/api/v4/
    username: svc-latam
    password_env: ROCKET_LATAM_PASSWORD
  - name: "2"
    method: oauth_v1
    oauth_url: https://login.example.com/oauth2/token
    username: svc:emea@example.com
    password_file: `+mounted+`
rules:
  - {account: "2", providers: [gcp]}
default: latam
`, alone)
	want := []config.Account{
		{
			Name: "latam", Base: &url.URL{Scheme: "https", Host: "latam.example.com", Path: "/rocketsvc"},
			Username: "svc-latam", Password: latamPassword,
		},
		{
			Name: "2", Base: &url.URL{Scheme: "https", Host: "rocket.example.com", Path: "/rocketsvc"},
			OAuth:    &url.URL{Scheme: "https", Host: "login.example.com"},
			Username: "svc:emea@example.com", Password: emeaPassword,
		},
	}
	if diff := cmp.Diff(want, got.List, cmp.Comparer(func(a, b config.Secret) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestTheEnvironmentsAccountComesFirst(t *testing.T) {
	got := loadAccounts(t, latam+ruled, beside)
	if len(got.List) != 2 || got.List[0].Name != "default" || got.List[0].Username != "service" || got.List[1].Name != "latam" {
		t.Errorf("got %v", got.List)
	}
}

// A relative path begins at the directory of the accounts file, not at that of the process.
func TestRelativePasswordFile(t *testing.T) {
	path := written(t, strings.Replace(latam, inVariable, "password_file: secrets/latam", 1)+asDefault)
	secrets := filepath.Join(filepath.Dir(path), "secrets")
	if err := os.Mkdir(secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(secrets, "latam"), []byte(latamPassword), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := load(t, withAccounts(alone, path)).Accounts.List[0].Password; got != latamPassword {
		t.Errorf("got %q", got.Reveal())
	}
}

func TestPasswordFileFaults(t *testing.T) {
	for content, want := range map[string]string{
		"":                            "is empty",
		"\n":                          "is empty",
		strings.Repeat("x", 64<<10+1): "is larger than 64 KiB",
		strings.Repeat("x", 64<<10):   "",
	} {
		file := strings.Replace(latam, inVariable, "password_file: "+written(t, content), 1)
		var lines []string
		if want != "" {
			lines = []string{"line 4: password_file " + want}
		}
		if diff := cmp.Diff(lines, accountsFaults(t, file+asDefault, alone)); diff != "" {
			t.Errorf("%d bytes: -want +got:\n%s", len(content), diff)
		}
	}
}

func TestWarnings(t *testing.T) {
	path := written(t, `
accounts:
  - name: open
    username: a
    password_env: ROCKET_LATAM_PASSWORD
    oauth_url: http://login.example.com
    method: oauth_v1
    url: http://rocket.example.com
  - name: here
    url: http://localhost:8080
    username: b
    password_env: ROCKET_LATAM_PASSWORD
rules:
  - account: open
    claim: {name: tenant, values: [acme]}
default: here
`)
	c := load(t, append(withAccounts(alone, path), "AUTH_MODE=none", "AUTH_HS256_SECRET=", "LISTEN_ADDR=127.0.0.1:8080"))
	path = "ROCKET_ACCOUNTS_FILE: " + path
	want := []string{
		path + " line 6: oauth_url is plain http: the password and all responses cross the network unencrypted; use https",
		path + " line 7: method oauth_v1 is deprecated by the vendor; use login if the account can",
		path + " line 8: url is plain http: the password and all responses cross the network unencrypted; use https",
		path + " line 15: claim never matches: with AUTH_MODE=none callers have no claims",
	}
	if diff := cmp.Diff(want, c.Warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNoWarnings(t *testing.T) {
	path := written(t, both+"rules: [{account: emea, claim: {name: tenant, values: [acme]}}]\n"+asDefault)
	if got := load(t, withAccounts(alone, path)).Warnings; got != nil {
		t.Errorf("got %q", got)
	}
}

func TestAccountsFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, why := range map[string]string{
		dir: "it is a directory; name a file in it", filepath.Join(dir, "none"): "it does not exist",
	} {
		want := []string{"ROCKET_ACCOUNTS_FILE: " + path + " cannot be read: " + why}
		if diff := cmp.Diff(want, faults(t, withAccounts(alone, path))); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

// The fault of ROCKET_URL is none of the accounts that use it.
func TestAccountsWithoutRocketURL(t *testing.T) {
	path := written(t, both+"rules: [{account: emea, providers: [aws]}]\n"+asDefault)
	wantFault(t, append(withAccounts(alone, path), "ROCKET_URL=x"), "ROCKET_URL")
}
