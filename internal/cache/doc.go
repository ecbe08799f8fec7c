// Package cache serves queries from stored responses, and fetches from Rocket once if it must.
//
// get.go has the path of a query, top to bottom: Get → look up → coalesce → fetch → store. Whatever goes over the network runs once for
// any number of callers of one query, detached from all of them, so a caller that disconnects spoils nothing for the others.
//
// Entries (package store) hold absolute times. Their freshness is computed when they are loaded, from the state that the billed period had
// when the body was fetched, by the current settings (policy.go). At one instant an entry is
//
//	fresh                                   served
//	stale within StaleWhileRevalidate       served, and refreshed in the background
//	stale within StaleIfError               refetched, and served if that fails or is slow
//	expired
//
// After a failed fetch a backoff applies to all replicas; a stale entry is served at once meanwhile. Leases, waiters and shared failures
// are those of fleet.Once. A purge has a random id, and an entry has the ids that its fetch came after (purges.go); orders (store.Clock)
// only decide which of two entries of one query is newer.
//
// Redis is optional at run time. Whatever goes wrong there, including a value that is corrupt, foreign or of another
// release, is a miss, and is logged once.
//
// The package sees Rocket only through Origin, and nothing of HTTP.
package cache
