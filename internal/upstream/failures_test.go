package upstream

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		value string
		want  time.Duration
	}{
		"seconds":               {"7", 7 * time.Second},
		"none":                  {"", time.Second},
		"zero":                  {"0", time.Second},
		"negative":              {"-30", time.Second},
		"the bound":             {"3600", time.Hour},
		"beyond the bound":      {"3601", time.Hour},
		"a week":                {"604800", time.Hour},
		"beyond 32 bits":        {"99999999999", time.Hour},
		"beyond 64 bits":        {"99999999999999999999999", time.Hour},
		"as far below":          {"-99999999999999999999999", time.Second},
		"no number":             {"soon", time.Second},
		"a fraction":            {"1.5", time.Second},
		"a date":                {date(2 * time.Minute), 2 * time.Minute},
		"a date gone by":        {date(-2 * time.Minute), time.Second},
		"a date far off":        {date(90 * 24 * time.Hour), time.Hour},
		"a date in the old way": {"Sunday, 15-Jun-25 12:00:09 GMT", 9 * time.Second},
		"a date of no calendar": {"Sun, 31 Jun 2025 12:00:00 GMT", time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(test.value, now); got != test.want {
				t.Errorf("retryAfter(%q) = %s, want %s", test.value, got, test.want)
			}
		})
	}
}
