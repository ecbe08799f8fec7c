package quota

import (
	"context"
	"crypto/sha256"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// The names of the gateway's limiters, as callers read them.
const (
	Requests = "requests" // RATE_LIMIT
	Upstream = "upstream" // UPSTREAM_QUOTA
)

// maxCallers bounds the copies that a replica keeps. A caller whose copy is dropped is counted by Redis all the same, and
// begins anew while Redis is away.
const maxCallers = 10_000

// id is a caller, by the hash of what the caller is known as.
type id [sha256.Size]byte

// Limiter holds every caller to a limit of its own. It is safe for concurrent use. A nil Limiter lets everything pass.
type Limiter struct {
	name    string
	limit   rate.Limit
	shared  *shared // nil without Redis
	now     func() time.Time
	buckets *otter.Cache[id, bucket]
	refused atomic.Uint64
}

// New gives the limiter of that name over all replicas on the same Redis, or over this process alone where redis is nil. For
// no limit it gives nil.
func New(name string, limit rate.Limit, redis *fleet.Redis, now func() time.Time) *Limiter {
	if limit.None() {
		return nil
	}
	l := &Limiter{
		name: name, limit: limit, now: now,
		buckets: otter.Must(&otter.Options[id, bucket]{MaximumSize: maxCallers}), // fails on options that contradict alone
	}
	if redis != nil {
		l.shared = &shared{Redis: redis, name: name, limit: limit}
	}
	return l
}

// Take takes one request from what the caller has, and says how it stands then and whether there was one. A caller who hangs
// up meanwhile has asked all the same.
func (l *Limiter) Take(ctx context.Context, caller string) (Standing, bool) {
	if l == nil {
		return Standing{}, true
	}
	who, now := id(sha256.Sum256([]byte(caller))), l.now().UnixMicro()
	b, granted := l.take(context.WithoutCancel(ctx), who, now)
	if !granted {
		l.refused.Add(1)
	}
	requests, next := b.left(l.limit, now)
	return Standing{Name: l.name, Limit: l.limit, Remaining: int(requests), Next: next}, granted
}

// Refusals says how many requests were refused here since the start.
func (l *Limiter) Refusals() uint64 {
	if l == nil {
		return 0
	}
	return l.refused.Load()
}

func (l *Limiter) take(ctx context.Context, who id, now int64) (b bucket, granted bool) {
	if l.shared == nil {
		return l.takeAlone(who, now)
	}
	// Other replicas only ever take: a caller who has nothing left by the copy has nothing left in Redis.
	if kept, known := l.buckets.GetIfPresent(who); known {
		if requests, _ := kept.left(l.limit, now); requests == 0 {
			return kept, false
		}
	}
	b, granted, err := l.shared.take(ctx, who, now)
	if err != nil {
		return l.takeAlone(who, now)
	}
	l.buckets.Set(who, b)
	return b, granted
}

// takeAlone takes from the copy: what Redis said last, and what was taken here since.
func (l *Limiter) takeAlone(who id, now int64) (b bucket, granted bool) {
	l.buckets.Compute(who, func(old bucket, known bool) (bucket, otter.ComputeOp) {
		if !known {
			old = bucket{start: now}
		}
		granted = old.take(l.limit, now)
		b = old
		return b, otter.WriteOp
	})
	return b, granted
}
