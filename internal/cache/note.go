package cache

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// errAlone stands for an answer that cannot be handed over: every replica has to fetch it for itself.
var errAlone = errors.New("the answer cannot be shared")

// note is a failure as a holder leaves it in Redis. It holds what callers may read, and no cause.
type note struct {
	Alone      bool          `json:"alone,omitempty"`
	Abandoned  bool          `json:"abandoned,omitempty"`
	Kind       fault.Kind    `json:"kind,omitempty"`
	Detail     string        `json:"detail,omitempty"`
	Status     int           `json:"status,omitempty"`
	RetryAfter time.Duration `json:"retry_after,omitempty"`
}

func newNote(failure error) string {
	n := note{Alone: errors.Is(failure, errAlone), Abandoned: errors.Is(failure, errAbandoned)}
	if !n.Alone && !n.Abandoned {
		f := fault.Of(failure)
		n.Kind, n.Detail, n.Status, n.RetryAfter = f.Kind, f.Detail, f.Status, f.RetryAfter
	}
	text, _ := json.Marshal(n) // text and numbers alone never fail
	return string(text)
}

func (n note) err() error {
	switch {
	case n.Alone:
		return errAlone
	case n.Abandoned:
		return errAbandoned
	}
	return &fault.Error{Kind: n.Kind, Detail: n.Detail, Status: n.Status, RetryAfter: n.RetryAfter}
}

// sight is what a waiter sees.
type sight struct {
	start    uint64 // of the entry, 0 where there is none
	failure  note
	failedBy string // whose failure it was; empty: nobody's
	holder   string // who is fetching; empty: nobody
}

func (r *shared) peek(ctx context.Context, key query.Key) (s sight, err error) {
	err = r.Do(ctx, r.leaseKey(key), func(ctx context.Context) error {
		keys := []string{r.leaseKey(key), r.entryKey(key), r.failureKey(key)}
		reply, err := peekScript.Run(ctx, r.Client, keys).Slice()
		if err != nil {
			return err
		}
		start, _ := reply[0].(string)
		failure, _ := reply[1].(string)
		s.holder, _ = reply[2].(string)
		s.start = parseStamp([]byte(start))
		by, text, _ := strings.Cut(failure, " ")
		if json.Unmarshal([]byte(text), &s.failure) == nil {
			s.failedBy = by
		}
		return nil
	})
	return s, err
}
