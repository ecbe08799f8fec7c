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

// The outcomes. A report as a whole is the worst of its checks, where a skipped one counts nothing.
const (
	OK      Outcome = "ok"
	Warning Outcome = "warning"
	Failed  Outcome = "failed"
	Skipped Outcome = "skipped"
)

// Finding is what one check has found.
type Finding struct {
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Detail  string  `json:"detail"` // what was seen
	Advice  string  `json:"advice"` // what to do; empty where there is nothing to be done
	Took    int64   `json:"took_ms"`
}

// Report is what all checks have found.
type Report struct {
	Checks  []Finding `json:"checks"`
	Outcome Outcome   `json:"outcome"`
}

// Count is the number of checks that ended so.
func (r *Report) Count(o Outcome) (n int) {
	for _, f := range r.Checks {
		if f.Outcome == o {
			n++
		}
	}
	return n
}

// Write gives the report as one JSON document.
func (r *Report) Write(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

func (r *Report) add(f Finding) {
	r.Checks = append(r.Checks, f)
	if f.Outcome == Failed || f.Outcome == Warning && r.Outcome == OK {
		r.Outcome = f.Outcome
	}
}

// result is a finding without its name.
type result struct {
	outcome        Outcome
	detail, advice string
}

func good(format string, a ...any) result {
	return result{outcome: OK, detail: fmt.Sprintf(format, a...)}
}

func skip(format string, a ...any) result {
	return result{outcome: Skipped, detail: fmt.Sprintf(format, a...)}
}

func warn(advice, format string, a ...any) result {
	return result{Warning, fmt.Sprintf(format, a...), advice}
}

func fail(advice, format string, a ...any) result {
	return result{Failed, fmt.Sprintf(format, a...), advice}
}

const maxLine = 400 // characters of a detail

// plain makes one line of what may hold words of others: no control character reaches a terminal.
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
