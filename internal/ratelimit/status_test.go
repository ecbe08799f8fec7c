package ratelimit_test

import (
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
)

func TestHeaderFields(t *testing.T) {
	for _, tt := range []struct {
		name, limit    string
		remaining      int
		next           time.Duration
		policy, member string
	}{
		{ratelimit.Requests, "600/1m", 598, 100 * time.Millisecond, `"requests";q=600;w=60`, `"requests";r=598;t=1`},
		{ratelimit.Requests, "600/1m", 600, 0, `"requests";q=600;w=60`, `"requests";r=600;t=0`},
		{ratelimit.Upstream, "10/24h", 0, 8640 * time.Second, `"upstream";q=10;w=86400`, `"upstream";r=0;t=8640`},
		{ratelimit.Upstream, "3/1s", 0, time.Microsecond, `"upstream";q=3;w=1`, `"upstream";r=0;t=1`},
		{ratelimit.Upstream, "1/1m", 0, 59*time.Second + 1, `"upstream";q=1;w=60`, `"upstream";r=0;t=60`},
	} {
		s := ratelimit.Status{Name: tt.name, Limit: limit(t, tt.limit), Remaining: tt.remaining, Next: tt.next}
		if got := s.Policy(); got != tt.policy {
			t.Errorf("RateLimit-Policy: %s, want %s", got, tt.policy)
		}
		if got := s.String(); got != tt.member {
			t.Errorf("RateLimit: %s, want %s", got, tt.member)
		}
	}
}
