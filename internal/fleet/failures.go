package fleet

import (
	"crypto/rand"
	"encoding/json"
	"strings"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	failureGarbage = 5 * time.Minute // how long Redis keeps a failure, longer than any backoff
	maxFailures    = 10_000          // that a replica remembers
)

// failure is a failed execution as the replicas share it. It holds what callers may read, and no cause.
type failure struct {
	Count int           `json:"count"` // of failures in a row that hold attempts back
	Hold  time.Duration `json:"hold"`  // for which attempts are held back
	Alone bool          `json:"alone,omitempty"`

	Kind       fault.Kind    `json:"kind,omitempty"`
	Detail     string        `json:"detail,omitempty"`
	Status     int           `json:"status,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`

	cause error // of a failure of this replica
	id    string
	until time.Time // attempts are held back, by the clock of this replica
}

func alone() *failure { return &failure{Alone: true, Hold: time.Second, id: rand.Text()} }

func (f *failure) text() string {
	text, _ := json.Marshal(f) // text and numbers never fail
	return f.id + " " + string(text)
}

func (f *failure) err() error {
	if f.cause != nil {
		return f.cause
	}
	return &fault.Error{Kind: f.Kind, Detail: f.Detail, Status: f.Status, RetryAfter: f.RetryAfter}
}

// failures are what this replica knows of failed executions, by lease. Each counts once, for its backoff, by the clock of
// this process.
type failures struct {
	backoff Backoff
	now     func() time.Time

	mu    sync.Mutex
	byKey map[string]*failure // guarded by mu
}

// holding returns the failure that holds attempts back now, or nil.
func (s *failures) holding(k Keys) *failure {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.byKey[k.Lease]; f != nil && s.now().Before(f.until) {
		return f
	}
	return nil
}

// spent returns the id of the failure that is over, or "".
func (s *failures) spent(k Keys) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.byKey[k.Lease]; f != nil {
		return f.id
	}
	return ""
}

// add notes a failure of this replica.
func (s *failures) add(k Keys, err error) *failure {
	e := fault.Of(err)
	f := &failure{Kind: e.Kind, Detail: e.Detail, Status: e.Status, RetryAfter: e.RetryAfter, cause: err, id: rand.Text()}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Count = 1 + s.count(k)
	if f.Hold = s.backoff(f.Count, e); f.Hold == 0 {
		f.Count = 0
	}
	s.put(k, f, f.Hold)
	return f
}

// share notes the failure of another replica, and reports whether it still holds attempts back. Its age is by Redis's clock, and
// shortens what it holds back at most.
func (s *failures) share(k Keys, text string, age time.Duration) (f *failure, holds bool) {
	id, body, _ := strings.Cut(text, " ")
	f = &failure{Count: 1, Hold: time.Second, Kind: fault.UpstreamError, id: id}
	_ = json.Unmarshal([]byte(body), f) // what is damaged holds back for a second
	s.mu.Lock()
	defer s.mu.Unlock()
	f.Count = max(f.Count, s.count(k))
	s.put(k, f, min(max(f.Hold, 0), failureGarbage)-age)
	return f, s.now().Before(f.until)
}

// count returns the number of failures in a row; the caller holds the lock. One that is long ago does not count any more.
func (s *failures) count(k Keys) int {
	if f := s.byKey[k.Lease]; f != nil && s.now().Sub(f.until) <= failureGarbage {
		return f.Count
	}
	return 0
}

// put has a failure hold attempts back; the caller holds the lock. If there are too many, those before are forgotten.
func (s *failures) put(k Keys, f *failure, hold time.Duration) {
	if s.byKey == nil || len(s.byKey) >= maxFailures {
		s.byKey = map[string]*failure{}
	}
	f.until = s.now().Add(hold)
	s.byKey[k.Lease] = f
}

// clear forgets the failures of a key.
func (s *failures) clear(k Keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byKey, k.Lease)
}
