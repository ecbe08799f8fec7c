package fleet

import (
	"context"
	"strings"
)

// EvictsEveryKey returns the policy by which Redis evicts keys without a lifetime too once it is full, or "" if it does not do so, or does
// not tell: not every user may ask.
func (r *Redis) EvictsEveryKey(ctx context.Context) (policy string) {
	ctx, cancel := context.WithTimeout(ctx, LeaseLife)
	defer cancel()
	info, err := r.Client.Info(ctx, "memory").Result()
	if err != nil {
		return ""
	}
	limited := false
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		switch {
		case name == "maxmemory":
			limited = value != "0"
		case name == "maxmemory_policy" && strings.HasPrefix(value, "allkeys-"):
			policy = value
		}
	}
	if !limited {
		return ""
	}
	return policy
}
