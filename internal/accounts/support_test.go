package accounts_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
)

const (
	password = "hunter2-latam"
	other    = "hunter2-emea"
)

// environment is where the tests' passwords are.
func environment(name string) string {
	return map[string]string{"LATAM_PASSWORD": password, "EMEA_PASSWORD": other}[name]
}

// rocket is the base for accounts that name none.
var rocket = &url.URL{Scheme: "https", Host: "rocket.example.com", Path: "/rocketsvc"}

// alone is an environment without ROCKET_USERNAME, beside one with it.
var (
	alone  = accounts.Defaults{URL: rocket}
	beside = accounts.Defaults{URL: rocket, Account: &accounts.Account{
		Name: accounts.Default, URL: rocket, Username: "service", Password: "p",
	}}
)

// written gives the path of a file with this content, and of the same name each time.
func written(t testing.TB, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "accounts.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t testing.TB, content string, defaults accounts.Defaults) *accounts.Book {
	t.Helper()
	book, err := accounts.Read(written(t, content), defaults, environment)
	if err != nil {
		t.Fatal(err)
	}
	return book
}

// faults gives the lines that Read ends with, less the path that each begins with.
func faults(t testing.TB, content string, defaults accounts.Defaults) []string {
	t.Helper()
	path := written(t, content)
	book, err := accounts.Read(path, defaults, environment)
	if err == nil {
		return nil
	}
	var lines accounts.Faults
	if !errors.As(err, &lines) || len(lines) == 0 || book != nil {
		t.Fatalf("the error is %T with a book of %v", err, book)
	}
	if err.Error() != strings.Join(lines, "\n") || strings.Count(err.Error(), "\n") != len(lines)-1 {
		t.Errorf("%d faults are printed as %q", len(lines), err)
	}
	var short []string
	for _, line := range lines {
		rest, ok := strings.CutPrefix(line, path)
		if !ok {
			t.Errorf("the fault does not begin with the file's path: %q", line)
		}
		short = append(short, strings.TrimPrefix(rest, " "))
	}
	return short
}
