// Package cache answers questions from what Rocket said before, and asks Rocket once where it must.
//
// Get is the whole of it, top to bottom: look into the tiers (look.go), judge what is there, answer it or ask Rocket
// (fetch.go). Whatever goes over the network is done once for any number of callers with the same question, detached from
// all of them, so a caller that hangs up spoils nothing for the others.
//
// An Entry holds absolute times and never says how long it is fresh: that is computed when it is read, from the state that
// its billed period had when the body was fetched, by today's settings (policy.go). Then it is
//
//	fresh                                   answered
//	stale within StaleWhileRevalidate       answered, and refreshed behind the answer
//	stale within StaleIfError               refreshed, and answered where that fails or is slow
//	gone
//
// After a fetch that failed, new ones are held back for a while on all replicas; a stale entry is answered at once meanwhile. Leases,
// waiters and shared failures are fleet.Once's (together.go). A purge has a random id, and an entry has the ids that its fetch came after
// (purges.go); orders (clock.go) tell only which of two entries of one query is newer.
//
// Redis is optional at run time. Whatever goes wrong there, including a value that is corrupt, foreign or of another
// release, is a miss, and is said once in the log.
//
// The package sees Rocket only through Origin, and nothing of HTTP.
package cache
