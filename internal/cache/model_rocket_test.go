package cache_test

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// modelQueries are the queries of a walk, by customer.
var modelQueries = []string{"", "c-1", "c-2"}

func modelQuery(customer string) *query.Query {
	q := june()
	q.CustomerID = customer
	return q
}

// post is one query as Rocket saw it.
type post struct {
	request *request // that led to it
	about   string
	version int
	began   time.Time
	ended   time.Time // zero: it is under way
	failed  bool
	knew    map[*modelPurge]bool // the purges that it certainly came after
}

func (p *post) succeeded() bool { return !p.ended.IsZero() && !p.failed }

// modelRocket is a Rocket with a journal.
type modelRocket struct {
	mu       *sync.Mutex // guards the rest
	watch    func(*post) // called with every post as it begins
	log      func(about, format string, args ...any)
	journal  []*post
	versions map[string]int // of its bodies
	down     bool
	slow     time.Duration
}

type requestKey struct{}

func (r *modelRocket) Failing(*query.Query) (failing, probe bool) { return false, false }

// Fetch returns the customer of the query, and the version that Rocket had when the fetch began.
func (r *modelRocket) Fetch(ctx context.Context, q *query.Query, _ <-chan struct{}) ([]byte, error) {
	if deadline, _ := ctx.Deadline(); !time.Now().Before(deadline) {
		return nil, &fault.Error{Kind: fault.UpstreamTimeout} // nothing is sent
	}
	by, _ := ctx.Value(requestKey{}).(*request)
	r.mu.Lock()
	p := &post{request: by, about: q.CustomerID, version: r.versions[q.CustomerID], began: time.Now()}
	down, slow := r.down, r.slow
	r.watch(p)
	r.journal = append(r.journal, p)
	r.mu.Unlock()
	var failure *fault.Error
	select {
	case <-time.After(slow):
		if down {
			failure = &fault.Error{Kind: fault.UpstreamError, Status: 503}
		}
	case <-ctx.Done():
		failure = &fault.Error{Kind: fault.UpstreamTimeout}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p.ended, p.failed = time.Now(), failure != nil
	r.log(p.about, "Rocket to %s: %q version %d, failed: %v", by.by.name, p.about, p.version, p.failed)
	if failure != nil {
		return nil, failure
	}
	return modelBody(p.about, p.version), nil
}

func modelBody(about string, version int) []byte { return fmt.Appendf(nil, "[%q,%d]", about, version) }

func parseBody(body []byte) (about string, version int, err error) {
	_, err = fmt.Sscanf(string(body), "[%q,%d]", &about, &version)
	return about, version, err
}
