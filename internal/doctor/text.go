package doctor

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Text prints a report while Run works on it: one line for each check.
type Text struct {
	W        io.Writer
	Terminal bool // colours, and a last line that shows the progress
}

const (
	clearLine   = "\r\x1b[2K"
	resetStyle  = "\x1b[0m"
	maxProgress = 79 // characters: a line that a terminal breaks cannot be cleared
)

// styles has each outcome's word and colour: green, yellow, red, grey.
var styles = map[Outcome]struct{ word, colour string }{
	OK: {"ok", "\x1b[32m"}, Warning: {"warn", "\x1b[33m"}, Failed: {"FAIL", "\x1b[31m"}, Skipped: {"skip", "\x1b[90m"},
}

// Progress prints what runs now, if the line can be overwritten.
func (t Text) Progress(p Progress) {
	if !t.Terminal {
		return
	}
	total := ""
	if p.Total > 0 {
		total = fmt.Sprintf(" of %d", p.Total)
	}
	line := []rune(fmt.Sprintf("… %d%s  %s", p.Done, total, strings.Join(p.Running, ", ")))
	fmt.Fprint(t.W, clearLine, string(line[:min(len(line), maxProgress)]))
}

// End prints a finding.
func (t Text) End(f Finding) {
	if t.Terminal {
		fmt.Fprint(t.W, clearLine)
	}
	advice := ""
	if f.Advice != "" {
		advice = " → " + t.paint(f.Outcome, f.Advice)
	}
	outcome := t.paint(f.Outcome, fmt.Sprintf("%-4s", styles[f.Outcome].word))
	fmt.Fprintf(t.W, "%s  %-34s %5d ms  %s%s\n", outcome, f.Name, f.Took, f.Detail, advice)
}

// Sum prints the last line.
func (t Text) Sum(r Report, took time.Duration) {
	n := map[Outcome]int{}
	for _, f := range r.Checks {
		n[f.Outcome]++
	}
	line := fmt.Sprintf("%d ok, %s, %d failed, %d skipped", n[OK], count(n[Warning], "warning", "warnings"), n[Failed], n[Skipped])
	if t.Terminal {
		fmt.Fprint(t.W, clearLine)
	}
	interrupted := ""
	if r.Interrupted {
		interrupted = ", interrupted before the rest"
	}
	fmt.Fprintf(t.W, "\n%s in %s%s\n", t.paint(r.Outcome, line), took.Round(100*time.Millisecond), interrupted)
}

func (t Text) paint(o Outcome, text string) string {
	if !t.Terminal {
		return text
	}
	return styles[o].colour + text + resetStyle
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
