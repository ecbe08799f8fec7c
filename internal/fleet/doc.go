// Package fleet is what the replicas of one gateway do together: a connection to one Redis, messages, and Once, one execution over
// all replicas. Entries, tokens and quotas use it.
//
// Redis may be down, slow, full, read-only or failing over at any time, so every user must be able to go on without it: Do returns
// ErrUnavailable at once while a node is known not to reply. Messages may be lost; nothing relies on them.
//
// Once has four parts: the claim and its outcome (once.go), the leader's lease (lease.go), the waiters (watch.go), and the failures that
// hold attempts back (failures.go). Its scripts compare bytes, never clocks; lifetimes in Redis are garbage collection.
//
// It knows nothing of what is stored, and imports redisurl and fault alone.
package fleet
