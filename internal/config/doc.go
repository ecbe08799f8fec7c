// Package config reads the gateway's settings from the environment, and the service accounts from ROCKET_ACCOUNTS_FILE.
//
// Every setting is one row in settings.go: its name, default, meaning and parser. These rows make the table of docs/settings.md.
// Load reads all of them and reports all faults at once, each with the name of its variable, or with its line in the accounts file. A
// secret may also be in the file that NAME_FILE names, and its type never prints itself; no fault repeats a secret, nor what is in the
// place of one. What Load returns never changes. The package imports query, secret, spell, redisurl and rate.
package config
