package accounts_test

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

func TestEverythingIsRead(t *testing.T) {
	mounted := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(mounted, []byte(other+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := read(t, `
accounts:
  - name: latam
    url: https://Latam.example.com/rocketsvc/api/v4/
    username: svc-latam
    password_env: LATAM_PASSWORD
  - name: "2"
    method: oauth_v1
    oauth_url: https://login.example.com/oauth2/token
    username: svc:emea@example.com
    password_file: `+mounted+`
rules:
  - {account: "2", providers: [gcp]}
default: latam
`, alone)
	want := []accounts.Account{
		{
			Name: "latam", URL: &url.URL{Scheme: "https", Host: "latam.example.com", Path: "/rocketsvc"},
			Username: "svc-latam", Password: password,
		},
		{
			Name: "2", URL: rocket, OAuthURL: &url.URL{Scheme: "https", Host: "login.example.com"},
			Username: "svc:emea@example.com", Password: other,
		},
	}
	if diff := cmp.Diff(want, got.Accounts, cmp.Comparer(func(a, b secret.Value) bool { return a == b })); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// Whoever goes over the accounts finds all that a pick may name.
func TestTheEnvironmentsAccountComesFirst(t *testing.T) {
	got := read(t, latam+ruled, beside)
	if len(got.Accounts) != 2 || got.Accounts[0] != *beside.Account || got.Accounts[1].Name != "latam" {
		t.Errorf("got %v", got.Accounts)
	}
}

// A relative path begins where the file is, wherever the process was started.
func TestRelativePasswordFile(t *testing.T) {
	path := written(t, strings.Replace(latam, inVariable, "password_file: secrets/latam", 1)+asDefault)
	secrets := filepath.Join(filepath.Dir(path), "secrets")
	if err := os.Mkdir(secrets, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(secrets, "latam"), []byte(password), 0o600); err != nil {
		t.Fatal(err)
	}
	book, err := accounts.Read(path, alone, environment)
	if err != nil || book.Accounts[0].Password != password {
		t.Errorf("got %v, error %v", book, err)
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
		if diff := cmp.Diff(lines, faults(t, file+asDefault, alone)); diff != "" {
			t.Errorf("%d bytes: -want +got:\n%s", len(content), diff)
		}
	}
}

func TestWarnings(t *testing.T) {
	path := written(t, `
accounts:
  - name: open
    username: a
    password_env: LATAM_PASSWORD
    oauth_url: http://login.example.com
    method: oauth_v1
    url: http://rocket.example.com
  - name: here
    url: http://localhost:8080
    username: b
    password_env: LATAM_PASSWORD
rules:
  - account: open
    claim: {name: tenant, values: [acme]}
default: here
`)
	book, err := accounts.Read(path, accounts.Defaults{URL: rocket, Anonymous: true}, environment)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		path + " line 6: oauth_url is plain http: the password and all answers cross the network unencrypted",
		path + " line 7: method oauth_v1 is deprecated by the vendor; use login where the account can",
		path + " line 8: url is plain http: the password and all answers cross the network unencrypted",
		path + " line 15: claim never fits: with AUTH_MODE=none callers have no claims",
	}
	if diff := cmp.Diff(want, book.Warnings); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestNoWarnings(t *testing.T) {
	book := read(t, both+"rules: [{account: emea, claim: {name: tenant, values: [acme]}}]\n"+asDefault, alone)
	if book.Warnings != nil {
		t.Errorf("got %q", book.Warnings)
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		dir:                        dir + " cannot be read",
		filepath.Join(dir, "none"): filepath.Join(dir, "none") + " cannot be read",
	} {
		book, err := accounts.Read(path, alone, environment)
		if book != nil || err == nil || err.Error() != want {
			t.Errorf("got %v, error %v, want %q", book, err, want)
		}
	}
}

// What is wrong with ROCKET_URL is told elsewhere.
func TestNoURLFromTheEnvironment(t *testing.T) {
	read(t, both+"rules: [{account: emea, providers: [aws]}]\n"+asDefault, accounts.Defaults{})
}
