package config_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// Parts of accounts files without a fault.
const (
	latam = `accounts:
  - name: latam
    username: svc-latam
    password_env: ROCKET_LATAM_PASSWORD
`
	both = latam + `  - name: emea
    username: svc-emea
    password_env: EMEA_PASSWORD
`
	asDefault  = "default: latam\n"
	ruled      = "rules: [{account: latam, providers: [aws]}]\n"
	inVariable = "password_env: ROCKET_LATAM_PASSWORD" // of the first account
)

const (
	rocket        = "https://rocket.example.com/rocketsvc"
	latamPassword = "hunter2-latam"
	emeaPassword  = "hunter2-emea"
)

// alone is an environment for an accounts file without ROCKET_USERNAME, beside one with it.
var (
	alone = []string{
		"AUTH_HS256_SECRET=" + authSecret, "ROCKET_URL=" + rocket,
		"ROCKET_LATAM_PASSWORD=" + latamPassword, "LATAM_PASSWORD=" + latamPassword, "EMEA_PASSWORD=" + emeaPassword,
	}
	beside = slices.Concat(alone, []string{"ROCKET_USERNAME=service", "ROCKET_PASSWORD=" + password})
)

// withAccounts returns the environment with the path of an accounts file.
func withAccounts(environ []string, path string) []string {
	return append(slices.Clone(environ), "ROCKET_ACCOUNTS_FILE="+path)
}

// written returns the path of a file with this content.
func written(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func loadAccounts(t *testing.T, content string, environ []string) config.Accounts {
	t.Helper()
	return load(t, withAccounts(environ, written(t, content))).Accounts
}

// accountsFaults returns the faults of an accounts file, without the setting and the path that each begins with.
func accountsFaults(t testing.TB, content string, environ []string) (short []string) {
	t.Helper()
	path := written(t, content)
	for _, line := range faults(t, withAccounts(environ, path)) {
		rest, ok := strings.CutPrefix(line, "ROCKET_ACCOUNTS_FILE: "+path)
		if !ok {
			t.Errorf("the fault does not begin with the file's path: %q", line)
		}
		short = append(short, strings.TrimPrefix(rest, " "))
	}
	return short
}

// faulty is an accounts file and its faults.
type faulty struct {
	what, content string
	want          []string
}

func check(t *testing.T, environ []string, table []faulty) {
	t.Helper()
	for _, tt := range table {
		t.Run(tt.what, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, accountsFaults(t, tt.content, environ)); diff != "" {
				t.Errorf("-want +got:\n%s\n%s", diff, tt.content)
			}
		})
	}
}
