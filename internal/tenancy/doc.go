// Package tenancy decides what a caller may ask: it parses the profiles of a token, narrows a query to them, refuses what
// they do not grant, and removes rows from a response that callers with different grants share.
//
// Everything is denied that no profile grants. In order:
//
//	Parse      once for each token: the claim's JSON becomes an immutable Profiles (profile.go, grant.go)
//	Narrow     between query.New and query.Complete: fills in ids, sets defaults, refuses (narrow.go)
//	RowFilter  removes the rows that are not granted from the response's bytes, without decoding them (rowfilter.go)
//
// Words: a profile names a type of company, and types are levels from high to low: distributors, resellers, customers. A
// caller's level at a provider is the lowest type among its profiles there. A bound is what all profiles of one type grant
// together: some ids, or all. All bounds apply at once.
//
// Decisions where the rules leave a choice, always towards less:
//
//   - A malformed profile may be the one that narrows the others. So it denies its provider as a whole, and every provider if it
//     names none. Lists of resources that are not valid grant nothing, but leave alone what another profile of the same type
//     grants.
//   - Known views are resellers, customers and subscriptions, on every endpoint. A view above the level is refused on all of
//     them, not on usages alone: Rocket does not document what it shows elsewhere.
//   - A cost that is not the level's own or below must be listed for everything that the response can show: by a profile
//     that grants the id that the query names, or for each id if it names none. If profiles of several types apply, each type has
//     to allow it.
//   - The granted rows are those of the bound, whichever of its ids the query names.
//
// The package is pure: no I/O, no clock. It imports packages query, rows and fault and the standard library only. It does not know
// HTTP, how tokens are checked, or Rocket's wire format.
package tenancy
