// Package tenancy says what a caller may ask: it reads the profiles of a token, narrows a question to them, refuses what
// they do not grant, and cuts an answer that is shared by callers of different reach.
//
// Everything is denied that no profile grants. The way of a question is
//
//	Parse   once for each token: the claim's JSON becomes an immutable Profiles (claim.go, profile.go, bound.go)
//	Narrow  between query.New and query.Complete: ids are filled in, defaults set, refusals made (narrow.go)
//	Cut     the rows out of reach leave the answer, on the bytes, with nothing decoded and encoded again (cut.go)
//
// Words: a profile names a type of company, and types are levels from high to low: distributors, resellers, customers. A
// caller's level at a provider is the lowest type among its profiles there. A bound is what all profiles of one type grant
// together: some ids, or all. All bounds apply at once.
//
// What was decided where the rules leave room, always towards less:
//
//   - A profile that cannot be understood may be the one that narrows the others. So it denies its provider as a whole, and
//     every provider where it names none. Lists of resources that are not valid grant nothing, but leave alone what another
//     profile of the same type grants.
//   - Known views are resellers, customers and subscriptions, on every endpoint. A view above the level is refused on all of
//     them, not on usages alone: what it shows elsewhere is documented nowhere.
//   - A cost that is not the level's own or below must be listed for everything that the question can show: by a profile
//     that grants the id which is named, or for each id where none is. Where profiles of several types apply, each type has
//     to allow it.
//   - The rows in reach are those of the bound, whichever of its ids the question names.
//
// The package is pure: no I/O, no clock. It imports packages query and fault and the standard library only, and knows
// nothing of HTTP, of how tokens are checked, nor of how Rocket words a question.
package tenancy
