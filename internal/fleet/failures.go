package fleet

import (
	"crypto/rand"
	"encoding/json"
	"maps"
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
	Count int           `json:"count"` // of failures in a row
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
	if f.Alone {
		return ErrAlone
	}
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
func (s *failures) holding(k Keys) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.byKey[k.Lease]; f != nil && s.now().Before(f.until) {
		return f.err()
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
	f := &failure{Count: 1, Kind: e.Kind, Detail: e.Detail, Status: e.Status, RetryAfter: e.RetryAfter, cause: err, id: rand.Text()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.byKey[k.Lease]; before != nil && !before.forgotten(s.now()) {
		f.Count += before.Count
	}
	f.Hold = s.backoff(f.Count, e)
	f.until = s.now().Add(f.Hold)
	s.put(k, f)
	return f
}

// shared notes the failure of another replica, and reports whether it still holds attempts back. Its age is by Redis's clock, and
// shortens what it holds back at most.
func (s *failures) shared(k Keys, text string, age time.Duration) (f *failure, holds bool) {
	f = &failure{Count: 1, Hold: time.Second, Kind: fault.UpstreamError}
	var body string
	f.id, body, _ = strings.Cut(text, " ")
	_ = json.Unmarshal([]byte(body), f) // what is damaged holds back for a second
	f.Hold = min(max(f.Hold, 0), failureGarbage)
	f.until = s.now().Add(f.Hold - age)
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.byKey[k.Lease]; before != nil && !before.forgotten(s.now()) {
		f.Count = max(f.Count, before.Count)
	}
	s.put(k, f)
	return f, s.now().Before(f.until)
}

// forgotten reports whether a failure is so long ago that it does not count any more.
func (f *failure) forgotten(now time.Time) bool { return now.Sub(f.until) > failureGarbage }

// put keeps a failure; the caller holds the lock. If there are too many, those that do not count any more go first.
func (s *failures) put(k Keys, f *failure) {
	if s.byKey == nil {
		s.byKey = map[string]*failure{}
	}
	if len(s.byKey) >= maxFailures {
		maps.DeleteFunc(s.byKey, func(_ string, f *failure) bool { return f.forgotten(s.now()) })
	}
	if len(s.byKey) >= maxFailures {
		clear(s.byKey)
	}
	s.byKey[k.Lease] = f
}

// clear forgets the failures of a key.
func (s *failures) clear(k Keys) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byKey, k.Lease)
}
