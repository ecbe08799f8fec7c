// Package query is the language of the service: what can be asked, for which period, and when two questions are the same.
//
// New turns the parameters of a request into a Query or names every fault of them. Relative periods are resolved there,
// before a key exists, so that a key always means fixed days. Between New and Complete a caller's profiles may narrow the
// query; Complete then fills the defaults that depend on it. Key is injective over everything that changes the answer,
// the service account included.
//
// The package is pure: no I/O, no clock of its own, the standard library and package fault only. It knows nothing of HTTP
// nor of how Rocket words a question.
package query
