package store

import (
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Memory is the tier in the process, bounded by the weight of its entries.
type Memory struct {
	entries *otter.Cache[query.Key, *Entry]
}

// NewMemory returns an empty tier, which counts the entries that it evicts because it is full, or because they have expired.
func NewMemory(bytes int64, now func() time.Time, full, expired prometheus.Counter) (*Memory, error) {
	entries, err := otter.New(&otter.Options[query.Key, *Entry]{
		MaximumWeight: uint64(bytes),                                                    //nolint:gosec // checked to be positive
		Weigher:       func(_ query.Key, e *Entry) uint32 { return uint32(e.weight()) }, //nolint:gosec // bounded by CACHE_MAX_ENTRY_BYTES
		ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[query.Key, *Entry]) time.Duration {
			return max(time.Nanosecond, e.Value.KeptUntil.Sub(now()))
		}),
		OnAtomicDeletion: func(e otter.DeletionEvent[query.Key, *Entry]) {
			switch e.Cause {
			case otter.CauseOverflow:
				full.Inc()
			case otter.CauseExpiration:
				expired.Inc()
			default: // replaced
			}
		},
	})
	return &Memory{entries}, err
}

// Get returns the entry, fresh or not, or nil.
func (m *Memory) Get(key query.Key) *Entry {
	e, _ := m.entries.GetIfPresent(key)
	return e
}

// Peek returns what Get does, and leaves the entry as likely to be evicted as before.
func (m *Memory) Peek(key query.Key) *Entry {
	e, _ := m.entries.GetEntryQuietly(key)
	return e.Value
}

// Set keeps an entry, unless a newer one is there: a fetch may end late.
func (m *Memory) Set(key query.Key, e *Entry) {
	m.entries.Compute(key, func(there *Entry, found bool) (*Entry, otter.ComputeOp) {
		if found && there.Newer(e) {
			return there, otter.CancelOp
		}
		return e, otter.WriteOp
	})
}

// Size returns the number of entries and their weight in bytes.
func (m *Memory) Size() (entries int, bytes uint64) {
	return m.entries.EstimatedSize(), m.entries.WeightedSize()
}

// Close stops the goroutines of the tier.
func (m *Memory) Close() { m.entries.StopAllGoroutines() }
