package fleet

// Errors counts, since the start, the commands that brought nothing.
type Errors struct {
	Failed   uint64 // no connection, or no answer in time
	Declined uint64 // Redis would not: it is full, read-only, or loading
	Spared   uint64 // Redis was known to be away, and was not asked
}

// Errors reads them.
func (r *Redis) Errors() Errors {
	return Errors{Failed: r.health.failed.Load(), Declined: r.health.declined.Load(), Spared: r.health.spared.Load()}
}

// Away says whether Redis is known not to answer, so that nobody asks it.
func (r *Redis) Away() bool { return !r.health.ok() }
