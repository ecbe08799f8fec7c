package cache

// The tests reach the ends of what the record of purges keeps.
func init() { maxWrites, maxEpochs = 16, 4 }
