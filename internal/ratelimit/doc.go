// Package ratelimit limits how many requests each caller may make, exactly and over all replicas.
//
// It is GCRA, the generic cell rate algorithm: a caller may use the whole limit at once, and each request comes back after its
// share of the time. The state is one small value for each caller in Redis, by Redis's own clock, changed by one script, so
// that replicas together grant what one replica would. It consists of whole numbers: no rounding adds up.
//
// Every replica keeps a copy of the last state that it read. From the copy it refuses callers that have nothing left, without Redis, and
// counts on it alone while Redis is unavailable. So Take waits for nothing but fleet's short deadline, and no failure of Redis
// refuses a request.
//
// Callers are known by a hash, so that no id can imitate another. Package handlers writes the responses to refusals.
// It imports fleet and rate alone of our packages.
package ratelimit
