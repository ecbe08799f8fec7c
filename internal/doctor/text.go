package doctor

import (
	"fmt"
	"io"
	"time"
)

// Text prints a report while it grows: one line for each check.
type Text struct {
	W        io.Writer
	Terminal bool // colours, and the name of the check that is running
}

const (
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	red    = "\x1b[31m"
	grey   = "\x1b[90m"
	reset  = "\x1b[0m"

	startOfLine = "\r\x1b[2K"
)

// looks are how the outcomes are shown.
var looks = map[Outcome]struct{ word, colour string }{
	OK:      {"ok", green},
	Warning: {"warn", yellow},
	Failed:  {"FAIL", red},
	Skipped: {"skip", grey},
}

// Begin shows what is being looked at, where that line can be written over.
func (t Text) Begin(name string) {
	if t.Terminal {
		fmt.Fprintf(t.W, "%s…     %s", startOfLine, name)
	}
}

// End shows what was found.
func (t Text) End(f Finding) {
	if t.Terminal {
		fmt.Fprint(t.W, startOfLine)
	}
	advice := ""
	if f.Advice != "" {
		advice = " → " + t.paint(f.Outcome, f.Advice)
	}
	outcome := t.paint(f.Outcome, fmt.Sprintf("%-4s", looks[f.Outcome].word))
	fmt.Fprintf(t.W, "%s  %-30s %5d ms  %s%s\n", outcome, f.Name, f.Took, f.Detail, advice)
}

// Sum shows the line under all.
func (t Text) Sum(r Report, took time.Duration) {
	line := fmt.Sprintf("%d ok, %s, %d failed, %d skipped",
		r.Count(OK), count(r.Count(Warning), "warning", "warnings"), r.Count(Failed), r.Count(Skipped))
	fmt.Fprintf(t.W, "\n%s in %s\n", t.paint(r.Outcome, line), took.Round(100*time.Millisecond))
}

func (t Text) paint(o Outcome, text string) string {
	if !t.Terminal {
		return text
	}
	return looks[o].colour + text + reset
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
