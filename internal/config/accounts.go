package config

import (
	"errors"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
)

// readAccounts makes the book of service accounts: those of the accounts file, and ROCKET_USERNAME's.
func (c *Config) readAccounts(getenv func(string) string) (f Faults) {
	own := c.ownAccount()
	if c.RocketAccountsFile == "" {
		c.Accounts = accounts.Only(own)
		return nil
	}
	defaults := accounts.Defaults{URL: c.RocketURL, Anonymous: c.AuthMode == AuthModeNone}
	if c.RocketUsername != "" || c.RocketPassword != "" {
		defaults.Account = &own
	}
	book, err := accounts.Read(c.RocketAccountsFile, defaults, getenv)
	var lines accounts.Faults
	if errors.As(err, &lines) {
		for _, line := range lines {
			f = append(f, "ROCKET_ACCOUNTS_FILE: "+line)
		}
		return f
	}
	c.Accounts = book
	c.Files = append(c.Files, book.Files...)
	for _, line := range book.Warnings {
		c.Warnings = append(c.Warnings, "ROCKET_ACCOUNTS_FILE: "+line)
	}
	return nil
}

// ownAccount is ROCKET_USERNAME's.
func (c *Config) ownAccount() accounts.Account {
	a := accounts.Account{Name: accounts.Default, URL: c.RocketURL, Username: c.RocketUsername, Password: c.RocketPassword}
	if c.RocketAuth == RocketOAuth {
		a.OAuthURL = c.RocketOAuthURL
	}
	return a
}

// ownAccountFaults are those of an account without a name or a password. With an accounts file it may have neither.
func ownAccountFaults(set func(name string) bool, hint func(name string) string) (f Faults) {
	instead := " (or ROCKET_ACCOUNTS_FILE)"
	if set("ROCKET_ACCOUNTS_FILE") {
		instead = " with ROCKET_PASSWORD"
		if !set("ROCKET_USERNAME") && !set("ROCKET_PASSWORD") {
			return nil
		}
	}
	if !set("ROCKET_USERNAME") {
		f = append(f, "ROCKET_USERNAME: is required"+instead+": the service account that asks Rocket"+hint("ROCKET_USERNAME"))
	}
	if !set("ROCKET_PASSWORD") {
		f = append(f, "ROCKET_PASSWORD: is required (or ROCKET_PASSWORD_FILE): the service account's password"+hint("ROCKET_PASSWORD"))
	}
	return f
}
