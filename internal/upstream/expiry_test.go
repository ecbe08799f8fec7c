package upstream

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"
)

func jwtWith(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

// Rocket's clock is off by skew in each line; ours says sent.
func TestExpiryDoesNotDependOnWhoseClockIsWrong(t *testing.T) {
	sent := time.Date(2025, 6, 1, 12, 0, 0, 500_000_000, time.UTC)
	for _, skew := range []time.Duration{0, time.Second, -time.Second, 3 * time.Hour, -3 * time.Hour, 2000 * time.Hour, -2000 * time.Hour} {
		rocket := sent.Add(skew).Truncate(time.Second)
		told := rocket.Add(time.Hour)
		own := jwtWith(fmt.Sprintf(`{"iat":%d,"exp":%d}`, rocket.Unix(), told.Unix()))
		for name, test := range map[string]struct {
			value string
			date  time.Time
		}{
			"both":           {own, rocket},
			"claim":          {own, time.Time{}},
			"date":           {"opaque", rocket},
			"a proxy's date": {own, sent},
		} {
			got, err := issued(test.value, told.Unix(), sent, test.date)
			if life := got.expires.Sub(sent); err != nil || life > time.Hour+time.Second || life < time.Hour-2*time.Second && name != "a proxy's date" {
				t.Errorf("%s, off by %s: good for %s, %v", name, skew, life, err)
			}
		}
	}
}

func TestTheShorterLifeCounts(t *testing.T) {
	sent := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, test := range map[string]struct {
		value string
		told  time.Time
		want  time.Duration
	}{
		"what is told is shorter":    {jwtWith(fmt.Sprintf(`{"iat":%d,"exp":%d}`, sent.Unix(), sent.Add(time.Hour).Unix())), sent.Add(time.Minute), time.Minute},
		"what is claimed is shorter": {jwtWith(fmt.Sprintf(`{"iat":%d,"exp":%d}`, sent.Unix(), sent.Add(time.Minute).Unix())), sent.Add(time.Hour), 59 * time.Second},
		"no claims":                  {jwtWith(`{}`), sent.Add(time.Minute), time.Minute},
		"no JSON":                    {"a.b.c", sent.Add(time.Minute), time.Minute},
		"claims that contradict":     {jwtWith(`{"iat":200,"exp":100}`), sent.Add(time.Minute), time.Minute},
		"claims of another type":     {jwtWith(`{"iat":"x","exp":1e400}`), sent.Add(time.Minute), time.Minute},
	} {
		got, err := issued(test.value, test.told.Unix(), sent, sent)
		if life := got.expires.Sub(sent); err != nil || life != test.want {
			t.Errorf("%s: good for %s, want %s, %v", name, life, test.want, err)
		}
	}
}

func TestATokenThatHasExpiredIsNone(t *testing.T) {
	sent := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, date := range map[string]time.Time{"no date": {}, "date": sent} {
		if got, err := issued("opaque", sent.Add(-time.Hour).Unix(), sent, date); err == nil {
			t.Errorf("%s: good until %s", name, got.expires)
		}
	}
}
