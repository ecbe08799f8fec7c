// Package upstream asks Rocket. It alone knows how Rocket words a question (wire.go), how one logs in (login.go) and what
// its statuses mean (client.go).
//
// A question goes Client.Fetch → limiter (a place among ROCKET_MAX_CONCURRENT) → authorizer (adds the token, and renews a
// refused one once) → the pooled transport. One deadline, the context's, covers all of it. Redirects are not followed: they
// would carry the token elsewhere. A body is bounded, checked to have the shape of its endpoint, and passed on byte for byte.
//
// Errors are *fault.Error. What callers may read of them holds no host name, no token and no word of Rocket's.
package upstream
