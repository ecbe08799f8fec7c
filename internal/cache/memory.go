package cache

import (
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// memory is the tier in the process, bounded by the weight of what it holds.
type memory struct {
	entries *otter.Cache[query.Key, *Entry]
}

func newMemory(bytes int64, now func() time.Time, tell func(Event)) (*memory, error) {
	entries, err := otter.New(&otter.Options[query.Key, *Entry]{
		MaximumWeight: uint64(bytes),                                                    //nolint:gosec // checked to be positive
		Weigher:       func(_ query.Key, e *Entry) uint32 { return uint32(e.weight()) }, //nolint:gosec // bounded by CACHE_MAX_ENTRY_BYTES
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[query.Key, *Entry]) time.Duration {
			return max(time.Nanosecond, e.Value.keptUntil.Sub(now()))
		}),
		OnAtomicDeletion: func(e otter.DeletionEvent[query.Key, *Entry]) {
			switch e.Cause {
			case otter.CauseOverflow:
				tell(EvictedForRoom)
			case otter.CauseExpiration:
				tell(EvictedForAge)
			default: // replaced
			}
		},
	})
	if err != nil {
		return nil, err
	}
	return &memory{entries}, nil
}

// get gives the entry, fresh or not, or nil.
func (m *memory) get(key query.Key) *Entry {
	e, _ := m.entries.GetIfPresent(key)
	return e
}

// set keeps an entry, unless a newer one is there: a fetch may end late.
func (m *memory) set(key query.Key, e *Entry) {
	m.entries.Compute(key, func(there *Entry, found bool) (*Entry, otter.ComputeOp) {
		if found && there.newer(e) {
			return there, otter.CancelOp
		}
		return e, otter.WriteOp
	})
}

// size is the number of entries and their weight.
func (m *memory) size() (entries int, bytes uint64) {
	return m.entries.EstimatedSize(), m.entries.WeightedSize()
}

func (m *memory) close() { m.entries.StopAllGoroutines() }
