package ratelimit

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// The names of the gateway's limiters, as callers read them.
const (
	Requests = "requests" // RATE_LIMIT
	Upstream = "upstream" // UPSTREAM_QUOTA
)

// maxCallers bounds the copies that a replica keeps. Redis still counts a caller whose copy was dropped; while Redis is unavailable
// such a caller begins with the whole limit.
const maxCallers = 10_000

// keyVersion changes with the format of the values, so that two releases never read each other's.
const keyVersion = "q1"

var (
	//go:embed scripts/take.lua
	takeSource string
	takeScript = redis.NewScript(takeSource)
)

// Options configure a Limiter.
type Options struct {
	Name    string // Requests or Upstream
	Limit   rate.Limit
	Redis   *fleet.Redis // shared by all replicas; nil: this process alone
	Now     func() time.Time
	Metrics prometheus.Registerer // nil: no metrics
}

// Limiter limits every caller separately. It is safe for concurrent use. A nil Limiter grants everything.
type Limiter struct {
	Options
	buckets *otter.Cache[id, bucket]
	refused prometheus.Counter
}

// id is a caller, by the hash of the caller's name.
type id [sha256.Size]byte

// New returns a Limiter, nil if there is no limit.
func New(o Options) *Limiter {
	refused := promauto.With(o.Metrics).NewCounter(prometheus.CounterOpts{
		Name: "quota_refusals_total", ConstLabels: prometheus.Labels{"limit": o.Name},
		Help: "Requests beyond a limit for callers, by limit: requests (RATE_LIMIT) or upstream (UPSTREAM_QUOTA).",
	})
	if o.Limit.None() {
		return nil
	}
	buckets := otter.Must(&otter.Options[id, bucket]{MaximumSize: maxCallers}) // fails only on contradictory options
	return &Limiter{Options: o, refused: refused, buckets: buckets}
}

// Take takes n requests of a caller, which the limit must have, and reports whether they are granted: all of them or none. A caller
// that disconnects meanwhile has used them all the same.
func (l *Limiter) Take(ctx context.Context, caller string, n int) (status Status, granted bool) {
	if l == nil {
		return Status{}, true
	}
	by, now := id(sha256.Sum256([]byte(caller))), l.Now().UnixMicro()
	b, granted := l.take(context.WithoutCancel(ctx), by, int64(n), now)
	left := b.left(l.Limit, now)
	wanted := left + 1
	if !granted {
		l.refused.Inc()
		wanted = int64(n)
	}
	return Status{Name: l.Name, Limit: l.Limit, Remaining: int(left), Next: b.next(l.Limit, wanted, now)}, granted
}

func (l *Limiter) take(ctx context.Context, caller id, n, now int64) (b bucket, granted bool) {
	if l.Redis == nil {
		return l.takeLocally(caller, n, now)
	}
	// Other replicas only ever take: what a caller has not left by the copy is not left in Redis.
	if kept, known := l.buckets.GetIfPresent(caller); known && kept.left(l.Limit, now) < n {
		return kept, false
	}
	// The braces decide the slot in a Cluster.
	key := l.Redis.Key(keyVersion + ":" + l.Name + ":{" + base64.RawURLEncoding.EncodeToString(caller[:]) + "}")
	reply, err := l.Redis.Run(ctx, takeScript, []string{key}, l.Limit.Requests, l.Limit.Per.Microseconds(), n).Int64Slice()
	if err != nil {
		return l.takeLocally(caller, n, now)
	}
	// The start is relative to an instant before the script ran, so that the copy is never behind Redis.
	b = bucket{start: now - reply[1], used: reply[2]}
	l.buckets.Set(caller, b)
	return b, reply[0] == 1
}

// takeLocally takes from the copy: the last state in Redis, and what this replica took since.
func (l *Limiter) takeLocally(caller id, n, now int64) (b bucket, granted bool) {
	l.buckets.Compute(caller, func(old bucket, known bool) (bucket, otter.ComputeOp) {
		if !known {
			old = bucket{start: now}
		}
		granted = old.take(l.Limit, n, now)
		b = old
		return b, otter.WriteOp
	})
	return b, granted
}

// Status is what a caller has left of one limit. The zero Status is that of no limit.
type Status struct {
	Name      string // of the Limiter
	Limit     rate.Limit
	Remaining int           // requests that would be granted now
	Next      time.Duration // until there is one more than Remaining; after a refusal, until a retry makes sense
}

// Policy returns the limit as a member of the RateLimit-Policy field.
func (s Status) Policy() string {
	return strconv.Quote(s.Name) + ";q=" + strconv.Itoa(s.Limit.Requests) + ";w=" + seconds(s.Limit.Per)
}

// String returns the status as a member of the RateLimit field. Its effective window, t, is the time in which a caller gets no
// more than what remains: it ends when the next request comes back, and never after a Retry-After of the same Next.
func (s Status) String() string {
	return strconv.Quote(s.Name) + ";r=" + strconv.Itoa(s.Remaining) + ";t=" + seconds(s.Next)
}

// seconds returns whole seconds, rounded up: a wait of so many is long enough.
func seconds(d time.Duration) string {
	return strconv.FormatInt(int64((d+time.Second-1)/time.Second), 10)
}
