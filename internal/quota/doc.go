// Package quota counts what callers take of a limit, exactly and over all replicas.
//
// It is GCRA, the generic cell rate algorithm: a caller's whole limit may come at once, and each request comes back after its
// share of the time. The count is one small value for each caller in Redis, by Redis's own clock, changed by one script, so
// that replicas together let through what one would. It consists of whole numbers: nothing is rounded that could add up.
//
// Every replica keeps a copy of what it last heard. It refuses from the copy who has nothing left, without asking Redis, and
// counts on it alone while Redis is away. So Take waits for nothing but fleet's short deadline, and no failure of Redis's
// refuses anybody.
//
// Callers are known by a hash, so that no id can imitate another. What a refusal looks like is package handlers' business.
// It imports fleet and rate alone of ours.
package quota
