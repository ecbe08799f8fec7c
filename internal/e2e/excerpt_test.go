package e2e_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	excerptTail   = 20 // lines
	excerptFaults = 30 // lines before the tail
)

// fault matches a line of a log in JSON or text that is a warning or worse, and the first line of a panic.
var fault = regexp.MustCompile(`"level":"(WARN|ERROR)"|level=(WARN|ERROR)|\b(WRN|ERR)\b|^panic: |^fatal error: `)

// excerpt returns what a failed test prints of a process's output: the warnings and errors and the last lines. The whole output is in
// the file that it names.
func excerpt(name, output string) string {
	lines := strings.Split(strings.TrimRight(output, "\n"), "\n")
	if len(lines) <= excerptTail {
		return fmt.Sprintf("the output of %s:\n%s", name, strings.Join(lines, "\n"))
	}
	before, tail := lines[:len(lines)-excerptTail], lines[len(lines)-excerptTail:]
	faults := slices.DeleteFunc(slices.Clone(before), func(line string) bool { return !fault.MatchString(line) })
	omitted := len(before) - len(faults)
	if more := len(faults) - excerptFaults; more > 0 {
		faults, omitted = faults[:excerptFaults], omitted+more
	}
	return fmt.Sprintf("the output of %s, without %d lines that are in %s:\n%s", name, omitted, keepOutput(name, output),
		strings.Join(append(faults, tail...), "\n"))
}

// keepOutput writes a file that outlives the test.
func keepOutput(name, output string) string {
	f, err := os.CreateTemp("", name+"-*.log")
	if err != nil {
		return err.Error()
	}
	defer func() { _ = f.Close() }()
	if _, err := f.WriteString(output); err != nil {
		return err.Error()
	}
	return f.Name()
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	var output strings.Builder
	for n := range 900 {
		level := "INFO"
		if n == 7 {
			level = "WARN"
		}
		fmt.Fprintf(&output, `{"level":%q,"msg":"line %d"}`+"\n", level, n)
	}
	shown := excerpt("gateway", output.String())
	lines := strings.Split(shown, "\n")
	if len(lines) != 1+1+excerptTail || !strings.Contains(lines[1], "line 7") || !strings.Contains(lines[2], "line 880") {
		t.Errorf("the excerpt is\n%s", shown)
	}
	file := regexp.MustCompile(`without 879 lines that are in (\S+):`).FindStringSubmatch(lines[0])
	if file == nil {
		t.Fatalf("the first line is %q", lines[0])
	}
	defer func() { _ = os.Remove(file[1]) }()
	if kept, err := os.ReadFile(file[1]); err != nil || string(kept) != output.String() {
		t.Errorf("the file has %d of %d bytes, %v", len(kept), output.Len(), err)
	}
	if short := excerpt("gateway", "one line\n"); short != "the output of gateway:\none line" {
		t.Errorf("a short output is %q", short)
	}
}
