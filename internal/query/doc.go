// Package query defines what a caller can ask for, for which period, and when two queries are the same.
//
// Bind reads a query string into Params, the table of all parameters. New turns Params into a Query or returns all their faults.
// It resolves relative periods before a key exists, so that a key always means fixed days. Between New and Complete a caller's
// profiles may narrow the query; Complete then fills in the defaults that depend on it. Key is injective over everything that
// changes the response, the service account included.
//
// The package is pure: no I/O and no clock; it imports the standard library and the packages fault and spell only. It knows neither
// HTTP handlers nor what Rocket's keys mean.
package query
