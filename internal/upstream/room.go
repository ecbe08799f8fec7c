package upstream

import (
	"context"
	"io"
	"math"
	"runtime/debug"

	"golang.org/x/sync/semaphore"
)

const (
	smallAnswer = 1 << 20 // an answer up to this size needs no room: ROCKET_MAX_CONCURRENT bounds those
	usualRoom   = 512 << 20
	roomShare   = 4 // the part of the process's memory limit (GOMEMLIMIT) that large answers may take while they are read
)

// room bounds the bytes of all large answers in flight. Each takes once what it may need, its length where that is told, so that
// none waits for another while it holds some itself.
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

// roomed is a body that takes its room when it turns out to be large.
type roomed struct {
	ctx    context.Context //nolint:containedctx // of the one request that it is the body of
	room   *room
	rest   io.Reader
	length int64 // -1 where it is not told
	read   int64
	taken  int64
}

// Read waits for room before it goes beyond a small answer.
func (b *roomed) Read(p []byte) (int, error) {
	if b.taken == 0 && b.read >= smallAnswer {
		need := b.length
		if need < 0 {
			need = b.room.largest
		}
		if b.room.bytes.Acquire(b.ctx, need) != nil {
			return 0, unavailable(shedMemory, "Too many large answers of Rocket's are on their way already.", 0)
		}
		b.taken = need
	}
	if b.taken == 0 {
		p = p[:min(int64(len(p)), smallAnswer-b.read)]
	}
	n, err := b.rest.Read(p)
	b.read += int64(n)
	return n, err
}

func (b *roomed) release() {
	if b.taken > 0 {
		b.room.bytes.Release(b.taken)
	}
}
