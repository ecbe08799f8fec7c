package query_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const (
	mostFaults = 50 + 1          // and one that counts the rest
	mostShown  = 64*3 + 3        // bytes of a name: each may become a replacement character, and then an ellipsis
	patience   = 3 * time.Second // far more than any of this takes, with the race detector too
)

// flood repeats a pair, whose %d is its number.
func flood(n int, pair string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, pair+"&", i)
	}
	return b.String()
}

func wantQuick(t *testing.T, started time.Time) {
	t.Helper()
	if took := time.Since(started); took > patience {
		t.Errorf("took %s", took)
	}
}

func TestFloodOfUnknownNames(t *testing.T) {
	for what, pair := range map[string]string{
		"short":       "x%d=1",
		"long":        strings.Repeat("customer_", 6) + "%d=1",
		"no text":     "\xff%d=1",
		"semicolons":  "x%d;y=1",
		"bad percent": "x%d%%%%zz=1",
	} {
		t.Run(what, func(t *testing.T) {
			raw := flood(10_000, pair)
			defer wantQuick(t, time.Now())
			_, faults := query.Bind(query.Usages, raw)
			if len(faults) != mostFaults {
				t.Fatalf("got %d faults, want %d", len(faults), mostFaults)
			}
			if got, want := faults[mostFaults-1], (fault.Param{Name: "…", Message: "and 9950 more faults"}); got != want {
				t.Errorf("the last is %+v, want %+v", got, want)
			}
		})
	}
}

func TestFloodOfOneName(t *testing.T) {
	for raw, want := range map[string]fault.Param{
		flood(10_000, "view=%d"):                            {Name: "view", Message: repeated},
		flood(10_000, "catalog=%%%%%d"):                     {Name: "catalog", Message: percent},
		strings.Repeat(strings.Repeat("x", 60)+"&", 10_000): {Name: strings.Repeat("x", 60), Message: unknown},
	} {
		func() {
			defer wantQuick(t, time.Now())
			_, faults := query.Bind(query.Usages, raw)
			if len(faults) != 1 || faults[0] != want {
				t.Errorf("%.30q…: got %d faults %.3v, want one: %v", raw, len(faults), faults, want)
			}
		}()
	}
}

// Looking for the nearest name is dear, so it is done once for a name.
func TestFloodOfOneUnknownName(t *testing.T) {
	one, other := strings.Repeat("x", 60), strings.Repeat("y", 60)
	defer wantQuick(t, time.Now())
	for _, bind := range []func(string) []fault.Param{bindFaults, query.BindNone} {
		if got := bind(strings.Repeat(one+"&"+other+"&", 25_000)); len(got) != 2 || got[0].Name != one || got[1].Name != other {
			t.Errorf("got %d faults %.3v, want one for each name", len(got), got)
		}
	}
}

func bindFaults(raw string) []fault.Param {
	_, faults := query.Bind(query.Usages, raw)
	return faults
}

// A name that was reported is not counted again among the rest.
func TestRestCountsNewNamesAlone(t *testing.T) {
	_, faults := query.Bind(query.Usages, flood(50, "x%d")+strings.Repeat("x0&x49&", 100))
	if len(faults) != 50 {
		t.Errorf("got %d faults, the last %v; want 50", len(faults), faults[len(faults)-1])
	}
}

// A name is repeated to its caller: in a problem document it must be short, and text.
func TestNamesAreShownSafely(t *testing.T) {
	for _, tt := range []struct {
		name, shown string
	}{
		{strings.Repeat("x", 64), strings.Repeat("x", 64)},
		{strings.Repeat("x", 65), strings.Repeat("x", 64) + "…"},
		{strings.Repeat("x", 100_000), strings.Repeat("x", 64) + "…"},
		{strings.Repeat("x", 63) + "é", strings.Repeat("x", 63) + "…"}, // no half letter
		{strings.Repeat("é", 32), strings.Repeat("é", 32)},
		{strings.Repeat("€", 22), strings.Repeat("€", 21) + "…"},
		{strings.Repeat("😀", 17), strings.Repeat("😀", 16) + "…"},
		{"a\xffb", "a\uFFFDb"},
		{"%ff%fe", "\uFFFD"},
		{"caf%C3%A9", "café"},
		{strings.Repeat("\x80", 100), "…"},
	} {
		_, faults := query.Bind(query.Usages, tt.name+"=1")
		if len(faults) != 1 || faults[0] != (fault.Param{Name: tt.shown, Message: unknown}) {
			t.Errorf("%.80q: got %+q, want the name %+q", tt.name, faults, tt.shown)
		}
	}
}

func wantSafe(t *testing.T, faults []fault.Param) {
	t.Helper()
	if len(faults) > mostFaults {
		t.Errorf("%d faults", len(faults))
	}
	for _, f := range faults {
		if len(f.Name) > mostShown || !utf8.ValidString(f.Name) || !utf8.ValidString(f.Message) || f.Message == "" {
			t.Errorf("not safe to show: %+q", f)
		}
	}
}
