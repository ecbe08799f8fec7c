package accounts

import (
	"fmt"
	"io"
	"net/url"
	"reflect"

	"github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// Default is the name of ROCKET_USERNAME's account.
const Default = "default"

// Account is a service account at Rocket.
type Account struct {
	Name     string
	URL      *url.URL // base of /api/v4
	OAuthURL *url.URL // base of /oauth2/token; nil: the v4 login
	Username string
	Password secret.Value
}

// Book is the accounts that there are, and the rules by which one of them is picked.
type Book struct {
	Accounts []Account // ROCKET_USERNAME's first, where there is one
	Files    []string  // the file itself, and those that passwords are in
	Warnings []string  // what an operator should know, one line each

	rules     []rule
	otherwise string // the account for questions that no rule fits; empty: they are refused
}

// Only is the book of an account that asks every question.
func Only(a Account) *Book { return &Book{Accounts: []Account{a}, otherwise: a.Name} }

// SameRules says whether two books pick the same account for every question.
func (b *Book) SameRules(other *Book) bool {
	return b.otherwise == other.otherwise && reflect.DeepEqual(b.rules, other.rules)
}

// Format gives the name, whatever the verb. A struct that holds a pointer to an account would otherwise print the password with
// the verbs that do not fit pointers: fmt then asks nothing behind the pointer how it wants to be printed.
func (a Account) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, a.Name) }

// Format gives the names of the accounts, for the same reason.
func (b *Book) Format(w fmt.State, _ rune) {
	if b == nil {
		_, _ = io.WriteString(w, Default)
		return
	}
	_, _ = fmt.Fprint(w, b.Accounts)
}

// same says whether the two are one account to Rocket, and so to the cache.
func (a *Account) same(other *Account) bool {
	return sameURL(a.URL, other.URL) && sameURL(a.OAuthURL, other.OAuthURL) && a.Username == other.Username
}

func sameURL(a, b *url.URL) bool {
	return a == nil && b == nil || a != nil && b != nil && a.String() == b.String()
}
