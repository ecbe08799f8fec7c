package auth

import (
	"context"
	"time"
)

// source is where keys come from.
type source interface {
	current() *keySet                                                   // nil until they were read once
	await(ctx context.Context, enough func(newer *keySet) bool) *keySet // waits, for a bounded time, for a set that is enough
	awaitFirst(ctx context.Context) error                               // waits for the first set
	suspect(set *keySet)                                                // these keys may have changed; waits for nothing
	retry() time.Duration                                               // until they are read again
	lastRead() (at time.Time, published bool)                           // when they were read last
	close()
}

// constant is a source that never changes: a shared secret or a PEM file.
type constant keySet

func (c *constant) current() *keySet { return (*keySet)(c) }

func (c *constant) await(context.Context, func(*keySet) bool) *keySet { return c.current() }

func (c *constant) awaitFirst(context.Context) error { return nil }

func (c *constant) suspect(*keySet) {}

func (c *constant) retry() time.Duration { return 0 }

func (c *constant) lastRead() (time.Time, bool) { return time.Time{}, false }

func (c *constant) close() {}
