package console

import (
	"html/template"
	"time"
)

// view is what the page shows.
type view struct {
	Style    template.CSS
	Version  string
	Started  string // "" if the system does not tell
	Now      string
	Refresh  int // seconds, 0: never
	Problems []problem
	Figures  []figure
	Tables   []table
}

// figure is a number that sums a topic up.
type figure struct {
	Name, Value, Detail string
	Bar                 float64 // percent, if HasBar
	HasBar              bool
}

// table has a header for each column, and one for each row: its first cell.
type table struct {
	Title   string
	Columns []string
	Rows    [][]string
	Note    string
}

func newView(s snapshot) view {
	v := view{
		Style: template.CSS(style), //nolint:gosec // embedded
		Now:   s.now.UTC().Format(time.RFC3339), Problems: findProblems(s), Figures: newFigures(s), Tables: newTables(s),
	}
	for _, version := range s.values("build_info", "version") {
		v.Version = version
	}
	if s.has(processStart) {
		v.Started = relative(s.sum(processStart), s.now)
	}
	return v
}

const processStart = "process_start_time_seconds"

// uptime returns the age of the process in seconds, 0 if it is unknown.
func (s snapshot) uptime() float64 {
	if !s.has(processStart) {
		return 0
	}
	return s.now.Sub(moment(s.sum(processStart))).Seconds()
}
