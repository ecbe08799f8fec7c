// Package fleet is what the replicas of one gateway share: a connection to one Redis, and a bell that all of them hear.
// Entries, tokens and quotas go over it.
//
// Redis may be down, slow, full, read-only or failing over at any time, so whoever uses it must be able to go on without:
// Do gives up after a short deadline, and at once while Redis is known to be away. Messages of the bell may be lost; they make
// things quick, never right.
//
// It knows nothing of what is stored, and imports redisurl alone.
package fleet
