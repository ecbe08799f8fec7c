// Package auth authenticates callers: it verifies the JSON Web Token (RFC 7519) of a request.
//
// Verifier.Verify is all of it, top to bottom in auth.go: one Authorization header with a bounded token → the memo of verified
// tokens → header and claims, parsed strictly (claims.go) → the keys that the header can mean (keys.go, store.go) → signature and
// times (golang-jwt) → a Caller (caller.go).
//
// Keys come from exactly one source: a shared secret, a PEM file, or the URL at which the issuer publishes them. An algorithm
// is accepted if it is on the allow-list and fits the key: its type, its curve, and the algorithm that the key names. HS256 is
// for the shared secret alone, so no published key ever serves as one. What a token's header says about where its key may be
// found (jwk, jku, x5u, x5c) is ignored.
//
// Published keys are kept by a store of our own (store.go), not by MicahParks/keyfunc: there the start waits for the first
// response of the issuer, callers with an unknown key id queue for one rate limit, each with a fetch of its own, the response is
// read without a bound, one malformed key spoils the set, the pauses between tries do not grow, and its goroutine cannot be
// waited for. Of that family, jwkset parses the single keys. In this store one goroutine does all fetches. A token whose
// key is known never waits for it; one whose key is unknown waits once, for a bounded time, as one of a bounded number.
//
// Errors are *fault.Error. Their details tell callers what is wrong with their token and never quote it. The package
// imports fault and rows alone. It does not know what profiles mean: it passes the claim on as it stands in the token.
package auth
