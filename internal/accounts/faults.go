package accounts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxFaults bounds the faults that are told of one file.
const maxFaults = 100

// Faults are all that is wrong with the file, one line each.
type Faults []string

// Error is one line for each fault.
func (f Faults) Error() string { return strings.Join(f, "\n") }

// remark is what is to be said about a line.
type remark struct {
	line int
	text string
}

// inOrder gives the remarks as an operator reads them.
func inOrder(path string, remarks []remark) []string {
	slices.SortStableFunc(remarks, func(a, b remark) int { return cmp.Compare(a.line, b.line) })
	var lines []string
	for i, r := range remarks {
		if i == maxFaults {
			return append(lines, fmt.Sprintf("%s: and %d more", path, len(remarks)-i))
		}
		lines = append(lines, fmt.Sprintf("%s line %d: %s", path, r.line, r.text))
	}
	return lines
}
