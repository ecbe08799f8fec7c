package handlers

import (
	"cmp"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"
	"weak"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// resolved is a complete query that a caller may see, with all that follows from it. It never changes.
type resolved struct {
	query      query.Query
	key        query.Key
	filter     cache.Filter // of the rows that the caller may not see
	location   []string     // the values of Content-Location
	audit      *slog.Logger // nil without audit
	since      time.Time    // when it was resolved
	generation int64        // of the memo
	weight     uint32       // in the memo
}

// valid reports whether the request still means this query. A clock that was set back may be in another month.
func (q *resolved) valid(now time.Time) bool {
	return !now.Before(q.since) && (q.query.Turn.IsZero() || now.Before(q.query.Turn))
}

// target is everything that a query depends on, except for the time. Requests with one token share one Caller, which never changes.
// Its pointer is weak, so that the memo does not keep callers whose tokens were forgotten.
type target struct {
	caller      weak.Pointer[auth.Caller]
	path, query string
}

func targetOf(r *http.Request, caller *auth.Caller) target {
	return target{weak.Make(caller), routedPath(r), r.URL.RawQuery}
}

const (
	maxMemo       = 16 << 20 // bytes
	maxMemoTarget = 2 << 10  // bytes of a request's target; longer ones are rare
)

// memo keeps the resolved queries of requests, so that a request seen before is not bound, resolved and narrowed again. Refusals are
// not kept: they are not worth it, and callers can make up any number of them.
type memo struct {
	queries    *otter.Cache[target, *resolved]
	generation atomic.Int64
}

func newMemo() *memo {
	return &memo{queries: otter.Must(&otter.Options[target, *resolved]{ // fails only if options contradict each other
		MaximumWeight: maxMemo,
		Weigher:       func(_ target, q *resolved) uint32 { return q.weight },
	})}
}

// weightOf returns about the bytes that an entry takes, as measured: its texts are parts of the target, and the audit's logger has a
// copy of them and of the caller's. A filter may be the last that keeps what the caller's token grants.
func weightOf(t target, caller *auth.Caller, q *resolved) int {
	texts := len(t.path) + len(t.query) + len(caller.Issuer) + len(caller.Subject) + len(caller.Client)
	for _, scope := range caller.Scopes {
		texts += len(scope) + 1
	}
	weight := 1536 + 4*texts
	for _, location := range q.location {
		weight += len(location)
	}
	if q.filter.Key() != "" {
		weight += caller.Weight()
	}
	return weight
}

// get returns the query, or nil.
func (m *memo) get(t target, now time.Time) *resolved {
	q, ok := m.queries.GetIfPresent(t)
	if !ok || q.generation != m.generation.Load() || !q.valid(now) {
		return nil
	}
	return q
}

// put keeps a query that nothing else has yet. An entry must not hold on to a request that is larger than its target.
func (m *memo) put(r *http.Request, caller *auth.Caller, q *resolved) {
	t := targetOf(r, caller)
	q.weight = uint32(weightOf(t, caller, q)) //nolint:gosec // targets and tokens are bounded
	if len(r.RequestURI) <= maxMemoTarget && len(t.path)+len(t.query) <= maxMemoTarget {
		m.queries.Set(t, q)
	}
}

// Forget drops all kept queries, because another account may serve them from now on.
func (s *Server) Forget() {
	s.memo.generation.Add(1)
	s.memo.queries.InvalidateAll()
}

// memoized serves a request whose query is known. It is behind authentication and limits, and before binding.
func (s *Server) memoized(next http.Handler) http.Handler {
	return s.problems.handle(s.withCaller(func(w http.ResponseWriter, r *http.Request, caller *auth.Caller) error {
		q := s.memo.get(targetOf(r, caller), stateOf(r.Context()).now)
		if q == nil {
			next.ServeHTTP(w, r)
			return nil
		}
		f, err := negotiate(&q.query, r.Header["Accept"])
		if err = cmp.Or(err, f.fits(&q.query, nil)); err != nil {
			return err
		}
		return s.serve(w, r, caller, q, f)
	}))
}
