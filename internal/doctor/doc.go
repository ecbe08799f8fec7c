// Package doctor looks at everything that the gateway leans on, once, and says what is wrong and what to do: the settings,
// the way to Rocket, the account, each question of the contract, what nobody documents (docs/rocket.md), Redis, and the keys
// of who issues tokens.
//
// Run goes through the checks in order. Each has a deadline, and one that needs what an earlier one has found broken is
// skipped. Rocket is asked through the same client and connections as when the gateway serves, one question at a time; the
// login is doctor's own and leaves the tokens that replicas share alone.
//
// What is reported may be passed on: it holds no password, no token, nothing of an answer's content, and of an id the
// first characters alone. The package is handed all that it looks at and never reads the environment.
package doctor
