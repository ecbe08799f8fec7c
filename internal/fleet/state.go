package fleet

// Errors counts, since the start, the commands that brought nothing.
type Errors struct {
	Failed   uint64 // no connection, or no answer in time
	Declined uint64 // Redis would not: it is full, read-only, or loading
	Spared   uint64 // the node was known not to reply, and was not asked
}

// Errors reads them.
func (r *Redis) Errors() Errors {
	return Errors{Failed: r.failed.Load(), Declined: r.declined.Load(), Spared: r.spared.Load()}
}

// Away reports whether a node is known not to reply, so that it is not asked.
func (r *Redis) Away() bool {
	addresses, _ := r.monitor.unavailable()
	return len(addresses) > 0
}
