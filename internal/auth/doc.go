// Package auth says who a caller is: it verifies the JSON Web Token (RFC 7519) that came with a request.
//
// Verifier.Verify is the whole of it, top to bottom: one Authorization header with a bounded token (bearer.go) → was it
// verified before? (memo.go) → its header and claims, read strictly (object.go, header.go, claims.go) → the keys that the
// header can mean (keys.go) → signature and times (golang-jwt) → a Caller (caller.go).
//
// Keys come from exactly one source: a shared secret, a PEM file, or the URL where the issuer publishes them. An algorithm
// passes where it is on the allow-list and fits the key: its type, its curve, and what the key says of its own use. HS256 is
// for the shared secret alone, so no published key ever serves as one. Whatever a token's header says of where its key may be
// found (jwk, jku, x5u, x5c) is not looked at.
//
// Published keys are kept by a store of our own (store.go), not by MicahParks/keyfunc: there the start waits for the first
// answer of the issuer, callers with an unknown key id queue for one rate limit, each with a fetch of its own, the answer is
// read without a bound, one key that cannot be read spoils the set, the pauses between tries do not grow, and nobody can wait
// for its goroutine. Of that family, jwkset reads the single keys. In our store one goroutine does all fetches. A token whose
// key is known never waits for it; one whose key is not waits once, for a bounded time, as one of a bounded number.
//
// Errors are *fault.Error. What callers may read of them says what is wrong with their token and never quotes it. The package
// imports fault alone, and does not know what profiles mean: it hands over the claim as it came.
package auth
