package ratelimit

// Copies returns the number of callers that are kept in memory.
func (l *Limiter) Copies() int {
	l.buckets.CleanUp()
	return l.buckets.EstimatedSize()
}
