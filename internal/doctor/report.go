package doctor

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
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
	Checks      []Finding `json:"checks"`
	Outcome     Outcome   `json:"outcome"`
	Interrupted bool      `json:"interrupted,omitempty"` // there would have been more checks
}

func newReport(findings []Finding, interrupted bool) Report {
	r := Report{Checks: findings, Outcome: OK, Interrupted: interrupted}
	for _, f := range findings {
		if f.Outcome == Failed || f.Outcome == Warning && r.Outcome == OK {
			r.Outcome = f.Outcome
		}
	}
	return r
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
