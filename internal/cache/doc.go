// Package cache answers questions from what Rocket said before, and asks Rocket once where it must.
//
// An answer walks one way: memory → flight (which looks into memory again) → Redis → Rocket → both tiers. A flight is the
// one search that any number of callers with the same question wait for; it is detached from all of them, so a caller that
// hangs up spoils nothing for the others.
//
// An Entry holds absolute times and never says how long it is fresh: that is computed when it is read, from the state that
// its billed period had when the body was fetched, by today's settings (policy.go). Past its freshness an entry is kept for
// CACHE_STALE_IF_ERROR and stands in when Rocket fails (RFC 5861).
//
// Redis is optional at run time. Whatever goes wrong there, including a value that is corrupt, foreign or of another
// release, is a miss, and is said once in the log.
//
// The package sees Rocket only through Origin, and nothing of HTTP.
package cache
