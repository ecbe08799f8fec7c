package ratelimit

// Copies says how many callers are kept in memory.
func (l *Limiter) Copies() int {
	l.buckets.CleanUp()
	return l.buckets.EstimatedSize()
}
