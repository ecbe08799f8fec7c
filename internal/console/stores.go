package console

import "fmt"

func redisTable(s snapshot) table {
	t := table{Title: "Redis", Columns: []string{"Measure", "Value"}}
	if !s.has("redis_away") {
		t.Note = "REDIS_URL is not set: only the memory of this replica caches."
		return t
	}
	state := "replies"
	if s.sum("redis_away") > 0 {
		state = "does not reply"
	}
	times := s.buckets("redis_command_duration_seconds", nil)
	t.Rows = [][]string{
		{"State", state},
		{"Commands, median", latency(0.5, times)},
		{"Commands, p99", latency(0.99, times)},
	}
	for _, kind := range s.values("redis_errors_total", "kind") {
		t.Rows = append(t.Rows, []string{"Commands " + kind, count(s.sum("redis_errors_total", "kind", kind))})
	}
	used, idle := s.sum("redis_pool_connections", "state", "used"), s.sum("redis_pool_connections", "state", "idle")
	return t.with(
		[]string{"Connections", fmt.Sprintf("%s used, %s idle", count(used), count(idle))},
		[]string{"Waits for a connection timed out", count(s.sum("redis_pool_timeouts_total"))},
		[]string{"Values dropped (damaged, foreign)", count(s.sum("redis_values_dropped_total"))},
	)
}

func cacheTable(s snapshot) table {
	limit := s.sum("memory_limit_bytes")
	weight := fmt.Sprintf("%s of %s", size(s.sum("memory_bytes")), size(limit))
	return table{Title: "Cache in memory", Columns: []string{"Measure", "Value"}}.with(
		[]string{"Entries", count(s.sum("memory_entries"))},
		[]string{"Size", weight},
		[]string{"Evicted for new entries", count(s.sum("memory_evictions_total", "cause", "room"))},
		[]string{"Evicted for age", count(s.sum("memory_evictions_total", "cause", "age"))},
		[]string{"Coalesced in this replica", count(s.sum("collapsed_total", "scope", "replica"))},
		[]string{"Coalesced over the fleet", count(s.sum("collapsed_total", "scope", "fleet"))},
		[]string{"Too large to store", count(s.sum("passed_through_total"))},
	)
}

func purgeTable(s snapshot) table {
	t := table{Title: "Purges", Columns: []string{"Mode", "Reached the fleet", "Only this replica"}}
	for _, mode := range s.values("purges_total", "mode") {
		reached := func(reach string) string { return count(s.sum("purges_total", "mode", mode, "reach", reach)) }
		t = t.with([]string{mode, reached("fleet"), reached("replica")})
	}
	return t
}

func restatementTable(s snapshot) table {
	t := table{Title: "Restatements of closed periods", Columns: []string{"Provider", "Count"}}
	for _, provider := range s.values("restatements_total", "provider") {
		t = t.with([]string{provider, count(s.sum("restatements_total", "provider", provider))})
	}
	return t
}

// with returns the table with further rows.
func (t table) with(rows ...[]string) table {
	t.Rows = append(t.Rows, rows...)
	return t
}
