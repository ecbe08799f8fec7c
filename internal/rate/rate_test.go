package rate_test

import (
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]rate.Limit{
		"":             {},
		"off":          {},
		"600/1m":       {Requests: 600, Per: time.Minute},
		"1/1s":         {Requests: 1, Per: time.Second},
		"1000000/24h":  {Requests: 1_000_000, Per: 24 * time.Hour},
		"600/60s":      {Requests: 600, Per: time.Minute},
		"10/1h30m":     {Requests: 10, Per: 90 * time.Minute},
		"10/1.5m":      {Requests: 10, Per: 90 * time.Second},
		"0600/60000ms": {Requests: 600, Per: time.Minute},
	} {
		if got, err := rate.Parse(text); err != nil || got != want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{
		"600", "/", "600/", "/1m", "600/m", "600/60", "600 / 1m", " 600/1m", "600/1m ", "600/1m/1m", "600/1m,10/1s", "600:1m",
		"0/1m", "-1/1m", "+600/1m", "1000001/1m", "1e3/1m", "6_00/1m", "0x10/1m", "1.5/1m", "99999999999999999999/1m",
		"600/0s", "600/-1m", "600/+1m", "600/999ms", "600/1500ms", "600/24h1s", "600/1d", "600/9999999h",
		"OFF", "none", "0", strings.Repeat("0", 40) + "600/1m", "600/" + strings.Repeat("0", 40) + "1m",
	} {
		if got, err := rate.Parse(text); err == nil {
			t.Errorf("%q became %+v", text, got)
		} else if !got.None() || !strings.HasPrefix(err.Error(), "must be ") {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// Whatever Parse accepts is within the bounds.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "off", "600/1m", "1/24h", "1000000/1s", "10/1h0m10s", "600/", "-1/1m", "1/1e3s", "1/.5h", "１/1m"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := rate.Parse(text)
		switch {
		case err != nil && !l.None():
			t.Fatalf("%+v along with %v", l, err)
		case l.None() != (err != nil || text == "" || text == rate.Off):
			t.Fatalf("%+v, %v", l, err)
		case l.None():
			return
		case l.Requests < 1 || l.Requests > 1_000_000 || l.Per < time.Second || l.Per > 24*time.Hour || l.Per%time.Second != 0:
			t.Fatalf("%+v is out of bounds", l)
		}
	})
}
