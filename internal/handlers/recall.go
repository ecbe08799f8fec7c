package handlers

import (
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// question is one that a caller may ask: complete, narrowed, with all that follows from it. It never changes.
type question struct {
	query query.Query
	key   query.Key
	cut   cache.Filter // of the rows that the caller may not see
	line  *slog.Logger // of the audit; nil where there is none
	since time.Time    // when it was made of the request
	epoch int64        // between which Forgets
}

// stands says whether the request's words still mean this question. A clock that was set back may be in another month.
func (q *question) stands(now time.Time) bool {
	return !now.Before(q.since) && (q.query.Turn.IsZero() || now.Before(q.query.Turn))
}

// target is all that a query follows from, except for the time. Requests with one token share one Caller, which never changes.
type target struct {
	caller      *auth.Caller
	path, query string
}

const (
	maxRecalled   = 16 << 20 // bytes
	maxRecallable = 2 << 10  // of a request's target; longer ones are rare
)

// memory keeps questions, so that a request that came before is not read, checked and narrowed again. It has good ones alone:
// refusals are not worth it, and any number can be made up.
type memory struct {
	questions *otter.Cache[target, *question]
	epoch     atomic.Int64
}

func newMemory() *memory {
	return &memory{questions: otter.Must(&otter.Options[target, *question]{ // fails on options that contradict alone
		MaximumWeight: maxRecalled,
		Weigher:       func(t target, _ *question) uint32 { return uint32(weightOf(t)) }, //nolint:gosec // bounded by maxRecallable
	})}
}

// weightOf is about what a question costs, measured: its texts are parts of the target, the line of the audit has them once more.
func weightOf(t target) int { return 1536 + 4*(len(t.path)+len(t.query)) }

// get gives the question, or nil.
func (m *memory) get(t target, now time.Time) *question {
	q, ok := m.questions.GetIfPresent(t)
	if !ok || q.epoch != m.epoch.Load() || !q.stands(now) {
		return nil
	}
	return q
}

// put keeps a question. What is kept must not hold on to a request that is larger than its target.
func (m *memory) put(t target, r *http.Request, q *question) {
	if len(r.RequestURI) <= maxRecallable && len(t.path)+len(t.query) <= maxRecallable {
		m.questions.Set(t, q)
	}
}

// Forget has every request read anew from now on: another account may ask what it asks.
func (s *Server) Forget() {
	s.known.epoch.Add(1)
	s.known.questions.InvalidateAll()
}

func targetOf(r *http.Request, caller *auth.Caller) target {
	return target{caller, routedPath(r), r.URL.RawQuery}
}

// recall answers a request whose question is known. It is behind authentication and limits, and before the parameters are read.
func (s *Server) recall(next http.Handler) http.Handler {
	return s.handler(func(w http.ResponseWriter, r *http.Request) error {
		caller, err := s.callerOf(r)
		if err != nil {
			return err
		}
		q := s.known.get(targetOf(r, caller), s.Now())
		if q == nil || !acceptsJSON(r.Header["Accept"]) {
			next.ServeHTTP(w, r)
			return nil
		}
		return s.ask(w, r, caller, q)
	})
}
