package accounts_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestBooksAreNotPrintedWithPasswords(t *testing.T) {
	book := read(t, both+"rules: [{account: emea, providers: [aws]}]\n"+asDefault, alone)
	for what, value := range map[string]any{
		"book":             book,
		"copy of the book": *book,
		"book in a struct": struct{ Book *accounts.Book }{book},
		"book of one":      accounts.Only(book.Accounts[0]),
		"accounts":         book.Accounts,
		"account":          book.Accounts[0],
		"pointer to one":   &book.Accounts[0],
		"defaults":         accounts.Defaults{Account: &book.Accounts[0]},
	} {
		testkit.WantMasked(t, what, value, password, other)
	}
}

// People put passwords where the name of their place belongs, and get the YAML around them wrong.
func TestFaultsAreNotPrintedWithPasswords(t *testing.T) {
	for _, line := range []string{
		"password: " + password,
		"password: *" + password,
		"password: !" + password,
		"password: &" + password,
		"password: '" + password,
		`password: "\` + password + `"`,
		"password: @" + password,
		"password: %" + password,
		"password: a: " + password,
		"password:\n    " + password,
		"password: |" + password,
		"password: [" + password,
		"password: {" + password + "}",
		"passwd: " + password,
		"pass: " + password,
		"password_env: " + password,
		"password_env: [" + password + "]",
		"password_file: " + password,
		"password_file: /run/" + password,
		"password_file: {" + password + ": }",
		"password_env: LATAM_PASSWORD\n    url: https://svc:" + password + "@rocket.example.com",
		"password_env: LATAM_PASSWORD\n    url: https://rocket.example.com:" + password,
		"password_env: LATAM_PASSWORD\n    url: '" + password + "'",
		"password_env: LATAM_PASSWORD\n    method: " + password,
		"password_env: LATAM_PASSWORD\n    oauth_url: https://svc:" + password + "@login.example.com",
		"password_env: LATAM_PASSWORD\n    username: svc/" + password + "\n",
	} {
		content := strings.Replace(latam, inVariable, line, 1) + asDefault
		_, err := accounts.Read(written(t, content), alone, environment)
		if err == nil {
			t.Errorf("no fault with %q", line)
		}
		testkit.WantMasked(t, "fault of "+line[:8], err, password)
	}
}

func TestFormat(t *testing.T) {
	book := read(t, both+"rules: [{account: emea, providers: [aws]}]\n"+asDefault, alone)
	var none *accounts.Book
	got := fmt.Sprintf("%v %+v %s %d", book, book.Accounts[0], none, &book.Accounts[1])
	if want := "[latam emea] latam default emea"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
