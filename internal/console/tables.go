package console

import (
	"fmt"
	"strings"
)

// newTables returns the details, those that operators look for first at the top.
func newTables(s snapshot) []table {
	return []table{
		responseTable(s), accountTable(s), rocketTable(s), redisTable(s), cacheTable(s), purgeTable(s), restatementTable(s),
		countTable(s, "Stale responses", "Reason", "stale_answers_total", "reason"),
		countTable(s, "Problem documents", "Type", "problems_total", "type"),
	}
}

// cacheResults is the order of the values of the label cache, from the cheapest to the most expensive.
var cacheResults = []string{"hit-memory", "hit-redis", "stale", "collapsed", "miss", "expired", "request", "none"}

func responseTable(s snapshot) table {
	t := table{Title: "Responses by cache result", Columns: []string{"Result", "Responses", "Share", "Median", "p99"}}
	for _, result := range cacheResults {
		n, share := s.sum(requests, "cache", result), nothing
		if result != "none" {
			share = percent(n, s.answers())
		}
		if n > 0 {
			times := s.buckets(requestDuration, []string{"cache", result})
			t.Rows = append(t.Rows, []string{result, count(n), share, latency(0.5, times), latency(0.99, times)})
		}
	}
	if len(t.Rows) == 0 {
		t.Note = "No request so far."
	}
	return t
}

// accounts returns the names of Rocket's accounts in use.
func (s snapshot) accounts() []string { return s.values(breakerState, "account") }

// breaker returns the state of the circuit breaker of an account.
func (s snapshot) breaker(account string) string {
	for _, state := range s.values(breakerState, "state") {
		if s.sum(breakerState, "account", account, "state", state) > 0 {
			return state
		}
	}
	return nothing
}

func accountTable(s snapshot) table {
	t := table{Title: "Rocket's accounts", Columns: []string{"Account", "Breaker", "Opened", "Token expires", "Logins"}}
	for _, account := range s.accounts() {
		expires := "no token yet"
		if s.has(tokenExpiry, "account", account) {
			expires = relative(s.sum(tokenExpiry, "account", account), s.now)
		}
		opened := count(s.sum("upstream_breaker_openings_total", "account", account))
		t.Rows = append(t.Rows, []string{account, s.breaker(account), opened, expires, loginCounts(s, account)})
	}
	return t
}

// loginCounts returns the attempts of an account to log in, and how many have failed.
func loginCounts(s snapshot, account string) string {
	text := count(s.sum(logins, "account", account))
	var failed []string
	for _, outcome := range []struct{ label, text string }{{"refused", "refused"}, {"failure", "failed"}} {
		if n := s.sum(logins, "account", account, "outcome", outcome.label); n > 0 {
			failed = append(failed, count(n)+" "+outcome.text)
		}
	}
	if len(failed) > 0 {
		text += ", " + strings.Join(failed, ", ")
	}
	return text
}

func rocketTable(s snapshot) table {
	t := table{Title: "Requests to Rocket", Columns: []string{"Measure", "Value"}}
	times := s.buckets("upstream_duration_seconds", nil)
	failed := 0.0
	for _, status := range s.values(sent, "status") {
		if status == "0" || status == "429" || strings.HasPrefix(status, "5") {
			failed += s.sum(sent, "status", status)
		}
	}
	t.Rows = [][]string{
		{"Sent", count(s.sum(sent))},
		{"Failed (no response, 429, 5xx)", count(failed)},
		{"Response time, median", latency(0.5, times)},
		{"Response time, p99", latency(0.99, times)},
		{"Retries", count(s.sum("upstream_retries_total"))},
		{"In flight for callers", lane(s, "callers")},
		{"In flight in the background", lane(s, "background")},
	}
	for _, reason := range s.values("upstream_shed_total", "reason") {
		t.Rows = append(t.Rows, []string{"Given up: " + reason, count(s.sum("upstream_shed_total", "reason", reason))})
	}
	return t
}

func lane(s snapshot, name string) string {
	return fmt.Sprintf("%s, %s in the queue", count(s.sum(slotsTaken, "lane", name)), count(s.sum(slotsWaiting, "lane", name)))
}

// countTable returns the counters above zero of a metric, by a label.
func countTable(s snapshot, title, column, name, label string) table {
	t := table{Title: title, Columns: []string{column, "Count"}}
	for _, value := range s.values(name, label) {
		if n := s.sum(name, label, value); n > 0 {
			t.Rows = append(t.Rows, []string{value, count(n)})
		}
	}
	if len(t.Rows) == 0 {
		t.Note = "None so far."
	}
	return t
}
