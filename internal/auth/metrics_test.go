package auth_test

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

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
	startWith(t, func(i *issuer) { i.handle(unavailable) }, func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		if at, registered := keysRead(t, r); !at.IsZero() || !registered {
			t.Errorf("before the first response: %s, %v", at, registered)
		}
		if _, err := verify(t, v, oldKey(t)); reason(err) != "no-keys" {
			t.Errorf("got %v", err)
		}
		i.handle(nil)
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
		i.handle(unavailable)
		time.Sleep(2 * auth.RefreshInterval)
		synctest.Wait()
		if at, _ := keysRead(t, r); !at.Equal(second) {
			t.Errorf("%s, but the issuer is unreachable since %s", at, second)
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
