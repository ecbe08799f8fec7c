package spell_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

var parameters = []string{
	"start_time", "end_time", "period", "customer_id", "reseller_id", "resource_id", "view", "cost", "catalog",
}

func TestNearest(t *testing.T) {
	for _, tt := range []struct {
		word, want, why string
	}{
		{"catalog", "catalog", "the word itself"},
		{"catalogs", "catalog", "one letter more"},
		{"catlog", "catalog", "one letter less"},
		{"katalog", "catalog", "another letter"},
		{"catalgo", "catalog", "two letters swapped count as two"},
		{"ctlgo", "", "too far away"},
		{"CATALOG", "catalog", "case does not count"},
		{"customerId", "customer_id", "the other way to write ids"},
		{"customerID", "customer_id", "and its variant"},
		{"customer", "customer_id", "the beginning of one"},
		{"reso", "resource_id", "a short beginning"},
		{"res", "", "too short to be a beginning"},
		{"star_time", "start_time", "near to two, nearest to one"},
		{"vew", "view", "a third of a short word"},
		{"vw", "", "half of a short word"},
		{"cust", "customer_id", "of two that are as near, cost is the other, the first known"},
		{"", "", "nothing"},
		{"_", "", "next to nothing"},
		{"sort", "", "a real word that means something else"},
		{"\xff\xfe", "", "no text at all"},
		{"periód", "period", "a letter of two bytes counts as two"},
		{strings.Repeat("a", 10_000), "", "longer than any known word"},
	} {
		if got := spell.Nearest(tt.word, parameters); got != tt.want {
			t.Errorf("%q (%s): got %q, want %q", tt.word, tt.why, got, tt.want)
		}
	}
}

// The known words are given back as they are written.
func TestNearestKeepsCase(t *testing.T) {
	if got := spell.Nearest("rocket_usernmae", []string{"ROCKET_URL", "ROCKET_USERNAME"}); got != "ROCKET_USERNAME" {
		t.Errorf("got %q", got)
	}
}

func TestNearestOfNone(t *testing.T) {
	for _, known := range [][]string{nil, {}, {""}} {
		if got := spell.Nearest("view", known); got != "" {
			t.Errorf("of %q: got %q", known, got)
		}
	}
}

// A hostile word costs no more than the longest that is looked at.
func TestNearestIsBounded(t *testing.T) {
	words := []string{strings.Repeat("ab", 32), strings.Repeat("x", 1<<20), strings.Repeat("\xff", 64), strings.Repeat("İ", 32)}
	started := time.Now()
	for range 100 {
		for _, word := range words {
			spell.Nearest(word, parameters)
		}
	}
	if took := time.Since(started); took > 2*time.Second {
		t.Errorf("400 words took %s", took)
	}
}

func FuzzNearest(f *testing.F) {
	for _, word := range []string{"catalogs", "", "İİİİ", "\xff", "CUSTOMER-ID", "res"} {
		f.Add(word, "catalog,view,customer_id")
	}
	f.Add("a", ",a,,b")
	f.Fuzz(func(t *testing.T, word, list string) {
		known := strings.Split(list, ",")
		got := spell.Nearest(word, known)
		if got != "" && !slices.Contains(known, got) {
			t.Errorf("%q is none of %q", got, known)
		}
		if len(word) <= 64 && slices.Contains(known, word) && !strings.EqualFold(got, word) {
			t.Errorf("%q is known, but %q is given", word, got)
		}
	})
}
