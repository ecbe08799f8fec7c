package upstream

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"runtime/debug"

	"golang.org/x/sync/semaphore"
)

const (
	smallBody = 1 << 20 // a body up to this size needs no part of the budget: ROCKET_MAX_CONCURRENT bounds those
	usualRoom = 512 << 20
	roomShare = 4 // the part of the process's memory limit (GOMEMLIMIT) that large bodies may take while they are read

	minChunk = 4 << 10
	maxChunk = 256 << 10
)

// room is the memory budget of all large bodies in flight. Each acquires once what reading it may allocate, so that none waits
// for another while it holds a part itself.
type room struct {
	bytes   *semaphore.Weighted
	largest int64 // body that is read: ROCKET_MAX_RESPONSE_BYTES
}

func newRoom(largest int64) *room {
	size := int64(usualRoom)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		size = limit / roomShare
	}
	return &room{semaphore.NewWeighted(max(size, unknownNeed(largest))), largest}
}

// errTooLarge is the error for a body beyond room.largest.
var errTooLarge = errors.New("larger than the limit")

// read returns the bytes of a body, whose length is -1 if it is unknown. The error is errTooLarge, a fault if no memory becomes
// free in time, or that of the body.
func (r *room) read(ctx context.Context, body io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return r.readUnknown(ctx, body)
	}
	if length > r.largest {
		return nil, errTooLarge
	}
	if length > smallBody {
		if err := r.acquire(ctx, length); err != nil {
			return nil, err
		}
		defer r.bytes.Release(length)
	}
	content := make([]byte, length)
	_, err := io.ReadFull(body, content)
	return content, err
}

// unknownNeed is what readUnknown allocates at most.
func unknownNeed(largest int64) int64 { return largest/2 + maxChunk + largest + 1 }

// readUnknown reads chunks, and joins them at the end of the body. A body of more than half the limit gets a buffer of the limit
// instead, so that reading never allocates more than one and a half times the limit, whatever a body unpacks to. A buffer that
// doubles would take four times the limit.
func (r *room) readUnknown(ctx context.Context, body io.Reader) ([]byte, error) {
	var c chunks
	err := c.read(body, min(smallBody, r.largest/2))
	if err == nil {
		need := unknownNeed(r.largest)
		if err := r.acquire(ctx, need); err != nil {
			return nil, err
		}
		defer r.bytes.Release(need)
		err = c.read(body, r.largest/2)
	}
	switch {
	case c.size > r.largest:
		return nil, errTooLarge
	case errors.Is(err, io.EOF):
		return bytes.Join(c.all, nil), nil
	case err != nil:
		return nil, err
	}
	return c.readRest(body, r.largest)
}

func (r *room) acquire(ctx context.Context, need int64) error {
	if r.bytes.Acquire(ctx, need) != nil {
		return unavailable(shedMemory, "Too many large responses from Rocket are in flight already.", 0)
	}
	return nil
}

// chunks are the beginning of a body.
type chunks struct {
	all  [][]byte
	size int64
}

// read appends chunks until they have more than limit bytes. The error is io.EOF if the body ends before.
func (c *chunks) read(body io.Reader, limit int64) error {
	for c.size <= limit {
		chunk := make([]byte, min(max(c.size, minChunk), maxChunk))
		n, err := fill(chunk, body)
		c.all, c.size = append(c.all, chunk[:n]), c.size+int64(n)
		if err != nil {
			return err
		}
	}
	return nil
}

// readRest returns the chunks and the rest of the body, or errTooLarge. The capacity is less than twice the length.
func (c *chunks) readRest(body io.Reader, limit int64) ([]byte, error) {
	content, n := make([]byte, limit+1), 0
	for _, chunk := range c.all {
		n += copy(content[n:], chunk)
	}
	m, err := fill(content[n:], body)
	switch n += m; {
	case int64(n) > limit:
		return nil, errTooLarge
	case !errors.Is(err, io.EOF):
		return nil, err
	}
	return content[:n], nil
}

// fill reads until p is full or body fails, with io.EOF at its end. Unlike io.ReadFull, it tells a body that ends from one that
// is cut off.
func fill(p []byte, body io.Reader) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = body.Read(p[n:])
		n += m
	}
	return n, err
}
