package upstream

import (
	"encoding/base64"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func jwtWith(payload string) string {
	return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
}

// Rocket's clock is off by skew in each row; ours reads sent.
func TestExpiryDoesNotDependOnTheWrongClock(t *testing.T) {
	sent := time.Date(2025, 6, 1, 12, 0, 0, 500_000_000, time.UTC)
	for _, skew := range []time.Duration{0, time.Second, -time.Second, 3 * time.Hour, -3 * time.Hour, 2000 * time.Hour, -2000 * time.Hour} {
		rocket := sent.Add(skew).Truncate(time.Second)
		expiry := rocket.Add(time.Hour)
		own := jwtWith(fmt.Sprintf(`{"iat":%d,"exp":%d}`, rocket.Unix(), expiry.Unix()))
		for name, test := range map[string]struct {
			value string
			date  time.Time
		}{
			"both":           {own, rocket},
			"claim":          {own, time.Time{}},
			"date":           {"opaque", rocket},
			"a proxy's date": {own, sent},
		} {
			got, err := issued(test.value, expiry.Unix(), sent, test.date)
			if life := got.Expires.Sub(sent); err != nil || life > time.Hour+time.Second ||
				life < time.Hour-2*time.Second && name != "a proxy's date" {
				t.Errorf("%s, off by %s: good for %s, %v", name, skew, life, err)
			}
		}
	}
}

// The columns are instants relative to now by our clock; none: the login does not send it. Rocket's clock is the one of Date, if
// it is sent.
func TestLifeOfAToken(t *testing.T) {
	const none = time.Duration(-1 << 62)
	const hour, minute = time.Hour, time.Minute
	for _, c := range []struct {
		expiry, iat, exp, date, want time.Duration // want 0: refused
	}{
		// Expiry in the response alone, as with an opaque token.
		{hour, none, none, none, hour},
		{-hour, none, none, none, 0},
		{0, none, none, none, 0},
		{hour, none, none, 0, hour},
		{-hour, none, none, 0, 0},
		{0, none, none, 0, 0},
		{4 * hour, none, none, 3 * hour, hour - time.Second},   // our clock is behind Rocket's
		{-2 * hour, none, none, -3 * hour, hour - time.Second}, // and ahead of it
		{2 * hour, none, none, 3 * hour, 0},                    // it has expired, though not by our clock
		// A JWT without iat: the earlier expiry counts.
		{hour, none, hour, none, hour},
		{hour, none, minute, none, minute},
		{minute, none, hour, none, minute},
		{-hour, none, -hour, none, 0},
		{hour, none, -hour, none, 0},
		{-hour, none, hour, none, 0},
		{hour, none, minute, 0, minute},
		{-hour, none, -hour, 0, 0},
		{hour, none, -hour, 0, 0},
		{-hour, none, hour, 0, 0},
		{2 * hour, none, 2 * hour, 3 * hour, 0},
		{4 * hour, none, 4 * hour, 3 * hour, hour - time.Second},
		// A JWT with iat: a Date past the expiry may be a proxy's.
		{hour, 0, hour, none, hour},
		{hour, 0, minute, none, minute},
		{minute, 0, hour, none, minute},
		{hour, 0, none, none, hour},
		{hour, 0, hour, 0, hour},
		{2 * time.Second, 0, 2 * time.Second, time.Second, 2 * time.Second}, // a short one: the login took from one second to the next
		{hour, -hour, hour, 0, hour},                                        // issued an hour ago: Date says that half of its life is over
		{hour, -hour, hour, none, 2*hour - time.Second},                     // nothing indicates that
		{-2 * hour, -3 * hour, -2 * hour, none, hour - time.Second},         // our clock is ahead of Rocket's
		{-2 * hour, -3 * hour, -2 * hour, 0, hour - time.Second},            // and the Date is a proxy's
		{4 * hour, 3 * hour, 4 * hour, none, hour - time.Second},
		{4 * hour, 3 * hour, 4 * hour, 3 * hour, hour - time.Second},
		{4 * hour, 3 * hour, 4 * hour, 0, hour - time.Second},
		// An iat that is not before the expiry is ignored.
		{hour, 2 * hour, hour, 0, hour},
		{hour, hour, hour, none, hour},
		{-hour, hour, -hour, 0, 0},
		{-hour, 0, -hour, none, 0},
		{-hour, 0, hour, 0, 0},
	} {
		sent := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
		payload, date := map[string]int64{}, time.Time{}
		if c.iat != none {
			payload["iat"] = sent.Add(c.iat).Unix()
		}
		if c.exp != none {
			payload["exp"] = sent.Add(c.exp).Unix()
		}
		if c.date != none {
			date = sent.Add(c.date)
		}
		for _, value := range []string{jwtWith(marshalled(payload)), "opaque"} {
			if value == "opaque" && len(payload) > 0 {
				continue
			}
			got, err := issued(value, sent.Add(c.expiry).Unix(), sent, date)
			if err != nil && fault.Of(err).Kind != fault.UpstreamInvalidResponse {
				t.Errorf("%+v: %v", c, err)
			}
			if life := got.Expires.Sub(sent); (c.want == 0) != (err != nil) || err == nil && life != c.want {
				t.Errorf("%+v, %s: good for %s, %v", c, value, life, err)
			}
		}
	}
}

// Claims that cannot be read as RFC 7519 has them count as absent.
func TestClaimsThatCannotBeRead(t *testing.T) {
	sent := time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)
	for name, value := range map[string]string{
		"no JWT": "opaque", "no claims": jwtWith(`{}`), "no base64": "a.b?.c", "no JSON": jwtWith(`x`),
		"another type": jwtWith(`{"iat":"x","exp":1}`),
		"null":         jwtWith(`{"iat":null,"exp":null}`), "zero": jwtWith(`{"iat":0,"exp":0}`), "below zero": jwtWith(`{"iat":-5,"exp":-3}`),
		"too large for a float": jwtWith(`{"exp":1e400}`), "beyond every calendar": jwtWith(`{"iat":1e300,"exp":1e300}`),
	} {
		got, err := issued(value, sent.Add(time.Minute).Unix(), sent, sent)
		if life := got.Expires.Sub(sent); err != nil || life != time.Minute {
			t.Errorf("%s: good for %s, %v", name, life, err)
		}
	}
	for _, expiry := range []int64{math.MinInt64, -1, 0, 1} {
		if got, err := issued("opaque", expiry, sent, sent); err == nil {
			t.Errorf("%d: good until %s", expiry, got.Expires)
		}
	}
}
