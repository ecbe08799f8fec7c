// Package config reads the gateway's settings from the environment.
//
// Every setting is one row in settings.go: its name, default, meaning and reader. Load goes over all rows and reports all
// faults at once, each with the variable's name; the table in the README is made from the same rows. A secret may also be
// given as NAME_FILE, and its type never prints itself. It imports nothing of the gateway but packages accounts,
// spell, secret, baseurl, redisurl and rate.
package config
