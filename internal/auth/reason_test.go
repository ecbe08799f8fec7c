package auth_test

import (
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// Every reason that metrics tell has a token, or the lack of one, that is refused for it.
func TestReasons(t *testing.T) {
	issuerOnly := func(o *auth.Options) { o.Issuer = "https://login.example.com" }
	forMe := func(o *auth.Options) { o.Audience = "costs" }
	v := verifier(t, shared, issuerOnly, forMe)
	ours := valid(today).with(m{"aud": "costs"})
	seen := map[string]bool{"no-keys": true, "unknown-key": true} // TestKeysRead has them
	for want, authorization := range map[string][]string{
		"no-token":      nil,
		"malformed":     {"Bearer x"},
		"algorithm":     {"Bearer " + sign(t, "ES256", p256Key(), nil, ours)},
		"signature":     {"Bearer " + otherSignature(hs256(t, ours))},
		"expired":       {"Bearer " + hs256(t, ours.with(m{"exp": 0}))},
		"not-yet-valid": {"Bearer " + hs256(t, ours.with(m{"nbf": today.Add(time.Hour).Unix()}))},
		"issuer":        {"Bearer " + hs256(t, ours.with(m{"iss": "https://else.example.com"}))},
		"audience":      {"Bearer " + hs256(t, ours.with(m{"aud": "else"}))},
	} {
		seen[want] = true
		_, err := v.Verify(t.Context(), authorization)
		if got := reason(err); got != want {
			t.Errorf("got %q, want %q: %v", got, want, err)
		}
	}
	for _, r := range auth.Reasons() {
		if !seen[r] {
			t.Errorf("nothing is refused for the reason %q", r)
		}
	}
	if len(seen) != len(auth.Reasons()) {
		t.Errorf("of %v some are no reasons: %v", seen, auth.Reasons())
	}
}

func reason(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	return f.Reason
}

// keysRead returns the metric; registered is false if there is none.
func keysRead(t *testing.T, r *prometheus.Registry) (at time.Time, registered bool) {
	t.Helper()
	families, err := r.Gather()
	if err != nil || len(families) > 1 {
		t.Fatalf("%v, %v", families, err)
	}
	if len(families) == 0 {
		return at, false
	}
	if name := families[0].GetName(); name != "jwks_read_timestamp_seconds" {
		t.Errorf("the metric is %s", name)
	}
	if seconds := families[0].GetMetric()[0].GetGauge().GetValue(); seconds != 0 {
		at = time.UnixMilli(int64(math.Round(seconds * 1000)))
	}
	return at, true
}

// The metric is the last time that the issuer's keys were read, not that of the last try.
func TestKeysRead(t *testing.T) {
	r := prometheus.NewRegistry()
	startWith(t, func(i *issuer) { i.does(unavailable) }, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		if at, registered := keysRead(t, r); !at.IsZero() || !registered {
			t.Errorf("before the issuer answers: %s, %v", at, registered)
		}
		if _, err := verify(t, v, oldKey(t)); reason(err) != "no-keys" {
			t.Errorf("got %v", err)
		}
		i.does(nil)
		_ = v.AwaitReady(t.Context())
		synctest.Wait()
		first := time.Now()
		if at, _ := keysRead(t, r); !at.Equal(first) {
			t.Errorf("%s, want %s", at, first)
		}
		if _, err := verify(t, v, newKey(t)); reason(err) != "unknown-key" {
			t.Errorf("got %v", err)
		}
		time.Sleep(auth.RefreshInterval)
		synctest.Wait()
		second, _ := keysRead(t, r)
		if !second.After(first) {
			t.Errorf("still %s after they were read again", second)
		}
		i.does(unavailable)
		time.Sleep(2 * auth.RefreshInterval)
		synctest.Wait()
		if at, _ := keysRead(t, r); !at.Equal(second) {
			t.Errorf("%s, but the issuer is away since %s", at, second)
		}
	}, func(o *auth.Options) { o.Metrics = r })
}

func TestKeysThatAreNotPublished(t *testing.T) {
	r := prometheus.NewRegistry()
	verifier(t, shared, func(o *auth.Options) { o.Metrics = r })
	if at, registered := keysRead(t, r); registered {
		t.Errorf("%s, %v", at, registered)
	}
}
