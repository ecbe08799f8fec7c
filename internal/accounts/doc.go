// Package accounts says which service account at Rocket asks a question: it reads ROCKET_ACCOUNTS_FILE and picks by its rules.
//
// Read takes the YAML strictly and names every fault at once, each with its line: read.go has the file, account.go and rule.go
// its two kinds of entries, links.go what must agree between them, node.go the forms that a value may have. What it gives is a
// Book, which never changes: to read the file again is to make another.
//
// Pick is pure. It is asked after the caller's profiles have narrowed the question and before there is a cache key, since the
// account is part of the key.
//
// No message holds a password, nor what stands where a password is named. The package imports query, spell, secret and baseurl.
package accounts
