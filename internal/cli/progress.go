package cli

import (
	"fmt"
	"io"
	"strings"
)

const barWidth = 40

// progress draws a bar on a terminal, and writes nothing elsewhere.
type progress struct {
	w           io.Writer // nil: no terminal
	done, total int
}

func newProgress(w io.Writer, total int) *progress {
	if !isTerminal(w) {
		return &progress{total: total}
	}
	return &progress{w: w, total: total}
}

func (p *progress) step() {
	p.done++
	if p.w != nil {
		filled := barWidth * p.done / max(p.total, 1)
		fmt.Fprintf(p.w, "\r[%s%s] %d/%d", strings.Repeat("█", filled), strings.Repeat(" ", barWidth-filled), p.done, p.total)
	}
}

func (p *progress) end() {
	if p.w != nil {
		fmt.Fprintln(p.w)
	}
}
