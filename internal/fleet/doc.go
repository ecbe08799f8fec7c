// Package fleet coordinates the replicas of one gateway: a connection to one Redis, pub/sub messages, and Once, one execution over
// all replicas. Entries, tokens and rate limits use it.
//
// Redis may be down, slow, full, read-only or failing over at any time, so every user must be able to continue without it: Do returns
// ErrUnavailable at once while a node is known not to reply. Messages may be lost; nothing relies on them.
//
// Once has the acquisition and the shared failures (once.go), the holder's lease (lease.go), and the waiters (waiters.go). Its scripts
// compare bytes, never clocks; lifetimes in Redis are garbage collection.
//
// It does not interpret what is stored, and imports redisurl and fault alone.
package fleet
