package handlers

import (
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// A flood of requests must not become a flood of lines: of one sort so many are written in a second, and beyond them one in
// so many.
const (
	linesASecond = 100
	oneIn        = 100
)

// samples count each sort by itself, so that a flood of hits hides no miss and no failure.
type samples struct{ cached, refused, failed, others sample }

func (s *samples) of(x *requestState) *sample {
	switch {
	case x.status >= http.StatusInternalServerError:
		return &s.failed
	case x.status >= http.StatusBadRequest:
		return &s.refused
	case strings.HasPrefix(x.cache, "hit-"), x.cache == "stale", x.cache == "collapsed":
		return &s.cached
	default:
		return &s.others
	}
}

// sample counts one sort. Two requests at the turn of a second may be counted as one, or to the wrong one.
type sample struct{ second, seen atomic.Int64 }

// take says how many requests the line of this one stands for; with 0 there is none.
func (s *sample) take(now time.Time) (standsFor int) {
	if second := now.Unix(); s.second.Load() != second {
		s.second.Store(second)
		s.seen.Store(0)
	}
	switch n := s.seen.Add(1); {
	case n <= linesASecond:
		return 1
	case n%oneIn == 0:
		return oneIn
	default:
		return 0
	}
}
