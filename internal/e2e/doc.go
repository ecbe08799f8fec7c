// Package e2e holds the end-to-end tests: whole gateways, with real Redis, Rocket's simulator, browsers and Prometheus. Most run in the
// process of the tests; those of signals, kills and exit codes build the commands. It has no code of its own.
package e2e
