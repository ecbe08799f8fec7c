package upstream

import (
	"context"
	"math"
	"runtime/debug"

	"golang.org/x/sync/semaphore"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const (
	smallAnswer = 1 << 20 // an answer up to this size is read without asking: there are few at a time
	usualRoom   = 512 << 20
	roomShare   = 4 // the part of the process's memory limit (GOMEMLIMIT) that large answers may take while they are read
)

// room bounds the bytes of all large answers in flight. Each takes once what it may need, so that none waits for another
// while it holds some itself.
type room struct {
	bytes   *semaphore.Weighted
	largest int64 // answer that is read
}

func newRoom(largest int64) *room {
	size := int64(usualRoom)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		size = limit / roomShare
	}
	return &room{semaphore.NewWeighted(max(size, largest)), largest}
}

// take waits for the room that an answer of this length needs, -1 where it is not told.
func (r *room) take(ctx context.Context, length int64) (give func(), err error) {
	if length < 0 {
		length = r.largest
	}
	if length <= smallAnswer {
		return func() {}, nil
	}
	if err := r.bytes.Acquire(ctx, length); err != nil {
		return nil, &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Too many large answers of Rocket's are on their way already.", Cause: err}
	}
	return func() { r.bytes.Release(length) }, nil
}
