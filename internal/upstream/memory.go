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
	smallBody     = 1 << 20 // a body up to this size needs no part of the budget: ROCKET_MAX_CONCURRENT bounds those
	defaultBudget = 512 << 20
	budgetShare   = 4 // the part of the process's memory limit (GOMEMLIMIT) that large bodies may take while they are read

	minChunk = 4 << 10
	maxChunk = 256 << 10
)

// memoryBudget bounds the memory of all large bodies in flight. Each acquires once what reading it may allocate, so that none waits
// for another while it holds a part itself.
type memoryBudget struct {
	bytes   *semaphore.Weighted
	largest int64 // body that is read: ROCKET_MAX_RESPONSE_BYTES
}

func newMemoryBudget(largest int64) *memoryBudget {
	size := int64(defaultBudget)
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		size = limit / budgetShare
	}
	return &memoryBudget{semaphore.NewWeighted(max(size, unknownNeed(largest))), largest}
}

// errTooLarge is the error for a body beyond memoryBudget.largest.
var errTooLarge = errors.New("larger than the limit")

// read returns the bytes of a body, whose length is -1 if it is unknown. The error is errTooLarge, a fault if no memory becomes
// free in time, or that of the body.
func (m *memoryBudget) read(ctx context.Context, body io.Reader, length int64) ([]byte, error) {
	switch {
	case length < 0:
		return m.readUnknown(ctx, body)
	case length > m.largest:
		return nil, errTooLarge
	case length > smallBody:
		if err := m.acquire(ctx, length); err != nil {
			return nil, err
		}
		defer m.bytes.Release(length)
	}
	content := make([]byte, length)
	_, err := io.ReadFull(body, content)
	return content, err
}

func (m *memoryBudget) acquire(ctx context.Context, need int64) error {
	if m.bytes.Acquire(ctx, need) != nil {
		return unavailable(shedMemory, "Too many large responses from Rocket are in flight already.", 0)
	}
	return nil
}

// unknownNeed is what readUnknown allocates at most.
func unknownNeed(largest int64) int64 { return largest/2 + maxChunk + largest + 1 + bytes.MinRead }

// readUnknown reads chunks, and joins them at the end of the body. A body of more than half the limit gets a buffer of the limit
// instead, so that reading never allocates more than one and a half times the limit, whatever a body unpacks to. A buffer that
// doubles would take four times the limit.
func (m *memoryBudget) readUnknown(ctx context.Context, body io.Reader) ([]byte, error) {
	c := chunks{body: body}
	err := c.read(min(smallBody, m.largest/2))
	if err == nil && !c.ended {
		need := unknownNeed(m.largest)
		if err := m.acquire(ctx, need); err != nil {
			return nil, err
		}
		defer m.bytes.Release(need)
		err = c.read(m.largest / 2)
	}
	switch {
	case c.size > m.largest:
		return nil, errTooLarge
	case err != nil:
		return nil, err
	case c.ended:
		return bytes.Join(c.all, nil), nil
	}
	content := make([]byte, 0, m.largest+1+bytes.MinRead)
	for _, chunk := range c.all {
		content = append(content, chunk...)
	}
	content, _, err = fill(content, body, m.largest+1)
	if err == nil && int64(len(content)) > m.largest {
		err = errTooLarge
	}
	return content, err
}

// chunks are the beginning of a body.
type chunks struct {
	body  io.Reader
	all   [][]byte
	size  int64
	ended bool // the body
}

// read appends chunks until they have more than limit bytes, or the body ends.
func (c *chunks) read(limit int64) (err error) {
	for c.size <= limit && !c.ended && err == nil {
		chunk := make([]byte, 0, min(max(c.size, minChunk), maxChunk))
		chunk, c.ended, err = fill(chunk, c.body, int64(cap(chunk))-bytes.MinRead)
		c.all, c.size = append(c.all, chunk), c.size+int64(len(chunk))
	}
	return err
}

// fill appends to p until it has size bytes, with bytes.MinRead to spare, or the body ends. Unlike io.ReadFull, it distinguishes a body
// that ends from one that is cut off.
func fill(p []byte, body io.Reader, size int64) (filled []byte, ended bool, err error) {
	b := bytes.NewBuffer(p)
	_, err = b.ReadFrom(io.LimitReader(body, size-int64(len(p))))
	return b.Bytes(), int64(b.Len()) < size, err
}
