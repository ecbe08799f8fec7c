package e2e_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// guidePages are the callers' pages, whose snippets run.
var guidePages = []string{"../../docs/api.md", "../../docs/recipes.md", integrationsPage}

// block is a fenced block of a page.
type block struct {
	page     string
	line     int    // of its fence
	section  string // the heading above it
	language string
	text     string
	output   *block // what the block prints; nil if the page does not show it
}

func (b *block) String() string {
	return fmt.Sprintf("%s:%d %s", strings.TrimPrefix(b.page, "../../"), b.line, b.language)
}

// runs reports whether the block is a program.
func (b *block) runs() bool {
	switch b.language {
	case "sh", "ts", "go", "python":
		return !b.isClient()
	default:
		return false
	}
}

var clientFile = regexp.MustCompile(`^(?://|#) ((?:client|costs)\.\w+)\n`)

// isClient reports whether the block is a file that the programs import.
func (b *block) isClient() bool { return clientFile.MatchString(b.text) }

// blocksOf returns the blocks of the callers' pages.
func blocksOf(t *testing.T) (all []*block) {
	t.Helper()
	for _, page := range guidePages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parsePage(page, string(text))...)
	}
	return outputs(all)
}

// outputs sets the output of each program among the blocks, and returns them. An output belongs to all programs before it that have none
// yet, in its section.
func outputs(all []*block) []*block {
	var waiting []*block
	for _, b := range all {
		switch {
		case b.runs():
			waiting = append(waiting, b)
		case b.language == "text" || b.language == "json":
			for _, program := range waiting {
				if program.section == b.section {
					program.output = b
				}
			}
			waiting = nil
		}
	}
	return all
}

func parsePage(page, text string) (all []*block) {
	var open *block
	section := ""
	for i, line := range strings.Split(text, "\n") {
		switch fence, isFence := strings.CutPrefix(line, "```"); {
		case open == nil && isFence:
			open = &block{page: page, line: i + 1, section: section, language: fence}
		case open != nil && isFence:
			all, open = append(all, open), nil
		case open != nil:
			open.text += line + "\n"
		case strings.HasPrefix(line, "## "):
			section = strings.TrimPrefix(line, "## ")
		}
	}
	return all
}

// unseen are the differences that a reader of the page does not see: line ends of CSV, the spaces of amounts, the byte order mark.
var unseen = strings.NewReplacer("\r\n", "\n", "\u00a0", " ", "\ufeff", "")

// differs returns the difference between what the page shows and what a program has printed; empty if there is none. The page has … for
// what is left out or varies, and JSON on several lines.
func (b *block) differs(printed string) string {
	want, got := strings.TrimSpace(b.text), strings.TrimSpace(unseen.Replace(printed))
	if b.language == "json" {
		want, got = strings.Join(strings.Fields(want), ""), strings.Join(strings.Fields(got), "")
	}
	pattern := "(?s)^" + strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*") + "$"
	if regexp.MustCompile(pattern).MatchString(got) {
		return ""
	}
	return fmt.Sprintf("%s shows\n%s\nit printed\n%s", b, want, got)
}
