package main

import (
	"io"
	"os"
	"slices"
	"strings"
)

// terminal says whether somebody looks at what is written.
func terminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// coloured says whether it is a terminal that takes colours (no-color.org).
func coloured(p process, w io.Writer) bool {
	plain := func(line string) bool {
		value, named := strings.CutPrefix(line, "NO_COLOR=")
		return line == "TERM=dumb" || named && value != ""
	}
	return terminal(w) && !slices.ContainsFunc(p.environ, plain)
}
