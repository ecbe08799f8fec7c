// Package doctor checks everything that the gateway depends on, once, and reports what is wrong and what to do: the settings, the
// network to Rocket, the account, each query of the contract, what the vendor does not document (docs/rocket.md), Redis, the keys of
// the token issuer, and the issuer of the docs page's login.
//
// Run runs the checks in order. Each has a deadline, and a check is skipped if one that it needs has failed. Queries go through the client
// and connections that the gateway uses when it serves, one at a time. The login is the doctor's own and does not touch the tokens that
// replicas share.
//
// A report may be passed on: it holds no password, no token, nothing of a response's content, and of an id only the first characters. The
// package receives everything that it checks and never reads the environment.
package doctor
