package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// Outcome is how a check ended.
type Outcome string

// The outcomes. That of a report is the worst of its checks; skipped checks do not count.
const (
	OK      Outcome = "ok"
	Warning Outcome = "warning"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Finding is the result of one check.
type Finding struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"` // what was seen
	Advice  string  `json:"advice"` // what to do; empty without a warning or a failure
	Took    int64   `json:"took_ms"`
}

func pass(format string, a ...any) Finding {
	return Finding{Outcome: OK, Detail: fmt.Sprintf(format, a...)}
}

func skip(format string, a ...any) Finding {
	return Finding{Outcome: Skipped, Detail: fmt.Sprintf(format, a...)}
}

func warn(advice, format string, a ...any) Finding {
	return Finding{Outcome: Warning, Detail: fmt.Sprintf(format, a...), Advice: advice}
}

func fail(advice, format string, a ...any) Finding {
	return Finding{Outcome: Failed, Detail: fmt.Sprintf(format, a...), Advice: advice}
}

// Report is the result of all checks.
type Report struct {
	Checks  []Finding `json:"checks"`
	Outcome Outcome   `json:"outcome"`
}

// Write writes the report as one JSON document.
func (r *Report) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

const maxLine = 400 // characters of a detail

// plain returns text from outside as one line without control characters, which could move a terminal's cursor.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if short := []rune(text); len(short) > maxLine {
		return string(short[:maxLine]) + "…"
	}
	return text
}

// Text prints a report while Run works on it: one line for each check.
type Text struct {
	W        io.Writer
	Terminal bool // colours, and the name of the current check
}

const (
	clearLine  = "\r\x1b[2K"
	resetStyle = "\x1b[0m"
)

// styles has each outcome's word and colour: green, yellow, red, grey.
var styles = map[Outcome]struct{ word, colour string }{
	OK: {"ok", "\x1b[32m"}, Warning: {"warn", "\x1b[33m"}, Failed: {"FAIL", "\x1b[31m"}, Skipped: {"skip", "\x1b[90m"},
}

// Begin prints the name of a check, if the line can be overwritten.
func (t Text) Begin(name string) {
	if t.Terminal {
		fmt.Fprintf(t.W, "%s…     %s", clearLine, name)
	}
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
	fmt.Fprintf(t.W, "%s  %-30s %5d ms  %s%s\n", outcome, f.Name, f.Took, f.Detail, advice)
}

// Sum prints the last line.
func (t Text) Sum(r Report, took time.Duration) {
	n := map[Outcome]int{}
	for _, f := range r.Checks {
		n[f.Outcome]++
	}
	line := fmt.Sprintf("%d ok, %s, %d failed, %d skipped", n[OK], count(n[Warning], "warning", "warnings"), n[Failed], n[Skipped])
	fmt.Fprintf(t.W, "\n%s in %s\n", t.paint(r.Outcome, line), took.Round(100*time.Millisecond))
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
