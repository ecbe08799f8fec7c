package cache

// The tests reach the ends of what the record of purges keeps.
func init() { maxWrites, maxEpochs, maxChanges = 16, 4, 4 }
