package telemetry

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// outcome is what the series of a request are named by.
type outcome struct {
	route  string
	status int
	cache  string
}

// counters are the series that a request of some outcome is counted in.
type counters struct {
	asked   prometheus.Counter
	latency prometheus.Observer
}

// maxSeries bounds the outcomes that are remembered. There are fewer, unless a server gives every status that there is.
const maxSeries = 1000

// series remembers the series of outcomes: to find them by their labels costs more than to count.
type series struct {
	known atomic.Pointer[map[outcome]counters] // never written to, but replaced
	mu    sync.Mutex                           // guards the replacement
}

// of gives the series of an outcome; find finds those that are not known yet.
func (s *series) of(o outcome, find func() counters) counters {
	if known := s.known.Load(); known != nil {
		if c, ok := (*known)[o]; ok {
			return c
		}
	}
	return s.learn(o, find())
}

func (s *series) learn(o outcome, c counters) counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	more := map[outcome]counters{}
	if known := s.known.Load(); known != nil {
		more = maps.Clone(*known)
	}
	if len(more) < maxSeries {
		more[o] = c
		s.known.Store(&more)
	}
	return c
}
