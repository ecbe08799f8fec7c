// Package upstream sends queries to Rocket. It alone knows Rocket's wire format (wire.go), its logins (login.go) and the meaning of its
// statuses (failures.go).
//
// The path of a query is in client.go: Fetch → retry → circuit breaker → bulkhead (a slot among ROCKET_MAX_CONCURRENT) → token (shared
// over Redis; a refused one is replaced once) → request → classification of the response. One deadline, the context's, covers all of
// it. Redirects are not followed: they would carry the token elsewhere. A body is bounded, checked to have the shape of its endpoint,
// and passed on byte for byte.
//
// Errors are *fault.Error. Their details, which callers may read, hold no host name, no token and no text of Rocket's.
//
// The package must not import cache, tenancy, auth or handlers.
package upstream
