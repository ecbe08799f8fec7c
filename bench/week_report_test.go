package main

import (
	"fmt"
	"strconv"
	"strings"
)

// row is the policy's row of the table.
func (w *week) row() string {
	average := 0.0
	if w.waited > 0 {
		average = w.waiting.Seconds() / float64(w.waited)
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %.1f s | %d | %d | %d |",
		w.name, w.rocket.requests(), w.rocket.logins, w.waited, average, w.failed, w.old, w.outdated)
}

// saveWeek writes the table, and the queries of every hour for the picture.
func saveWeek(dir string, all []*week) error {
	var raw samples
	var b strings.Builder
	fmt.Fprintf(&b, "## Requests to Rocket in a week\n\n"+
		"%d requests from %d tenants with %d people each, %d people of the reseller and two nightly jobs, "+
		"to %d replicas; the same in every row.\n"+
		"The month ends on the fourth day. Rocket restates September on the second, and is out for 90 minutes on the third: it hangs for 30,\n"+
		"then returns 503. It responds in 0.6 to 2 s. `make bench-week` plays the week in virtual time.\n\n"+
		"| | requests to Rocket | logins | waits of people | average wait | failed responses | current month older than %d min | "+
		"September from before the restatement |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
		all[0].requests, tenants, people, staff, weekReplicas, int(tooOld.Minutes()))
	for _, w := range all {
		fmt.Fprintln(&b, w.row())
		sum := 0
		for hour := range int(weekEnd.Sub(monday).Hours()) {
			sum += w.rocket.perHour[hour]
			raw.add(w.name, strconv.Itoa(hour), "requests so far", 0, float64(sum))
		}
	}
	b.WriteString("\nA fixed lifetime is by the canonical query, without stale entries. nginx has a lock, " +
		"stale entries and background updates, five minutes, the\n" +
		"URL as its key (with the tenant, or with the subject), and a login outside nginx. The gateway has its default settings.\n" +
		"Two runs differ by some ten requests in a hundred thousand: of callers at one instant, any may be the first.\n")
	return raw.save(dir, "week", b.String())
}
