package cache

import (
	"context"
	"errors"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// handOver is what fetches that are given up may take to tell so: a command to Redis, and the caller's answer.
const handOver = 500 * time.Millisecond

// errEnding is why a fetch was given up. Another replica may ask the same at once.
var errEnding = &fault.Error{
	Kind: fault.UpstreamUnavailable, Detail: "This replica of the gateway ends, and gave the question up. Ask again.", RetryAfter: time.Second,
}

// Close waits until every flight has landed and stored what it found. Those that are under way when the context ends are given
// up, which the error says: their leases go to whoever waits elsewhere, and who waits here gets what is kept, or a failure.
func (c *Cache) Close(ctx context.Context) error {
	c.end()
	c.following.Wait()
	err := c.running.wait(ctx)
	c.giveUp()
	if err != nil {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), handOver)
		defer cancel()
		if c.running.wait(limited) != nil {
			return err
		}
	}
	c.memory.close()
	return err
}

// limit gives a fetch its deadline, which may come early: when Close gives it up.
func (c *Cache) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, giveUp := context.WithCancelCause(ctx)
	detach := context.AfterFunc(c.ending, func() { giveUp(errEnding) })
	ctx, cancel := context.WithTimeout(ctx, c.FetchTimeout)
	return ctx, func() {
		detach()
		cancel()
		giveUp(nil)
	}
}

// ended is what callers are told of a fetch whose context has ended.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); errors.Is(cause, errEnding) {
		return cause
	}
	return inTime(ctx.Err())
}
