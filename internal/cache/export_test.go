package cache

// The tests reach the ends of what the record of purges keeps.
func init() { maxWrites, maxEpochs, maxChanges, maxChange = 16, 4, 4, 1000 }

// RecordOf returns what the record of purges was when c read it last: its digest, its lineage, and the ids of the names behind their modes.
func RecordOf(c *Cache) (digest, lineage string, ids map[string]string) {
	c.purges.mu.RLock()
	defer c.purges.mu.RUnlock()
	ids = map[string]string{}
	for name, u := range c.purges.names {
		if one, waits := c.purges.pending[name]; waits {
			u.id = one.there
		}
		if u.id != 0 {
			ids[name] = hexID(u.id)
		}
	}
	return c.purges.digest, c.purges.lineage, ids
}
