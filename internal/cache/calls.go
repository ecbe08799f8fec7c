package cache

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// call is an execution that any number of callers share: a comparison with Redis, a fetch, or a filter.
type call[T any] struct {
	foreground chan struct{} // closed as soon as a request waits for it
	promotion  sync.Once
	late       atomic.Bool   // it has a later deadline than its callers
	done       chan struct{} // closed when value and err are set
	value      T
	err        error
}

// promote moves the call to the foreground: a request waits for it.
func (c *call[T]) promote() { c.promotion.Do(func() { close(c.foreground) }) }

// calls are the calls of this process. The zero value has none.
type calls[T any] struct {
	mu    sync.Mutex
	under map[callKey]*call[T] // guarded by mu: under way
}

// callKey has the version of what the execution is based on: a caller does not join a call that is based on something else.
type callKey struct {
	query.Key
	version uint64
}

// join returns the call of a key and a version. If there is none, it begins one, in a goroutine that outlives the caller, and leader is
// true.
func (c *calls[T]) join(key query.Key, version uint64, run func(*call[T]) (T, error)) (one *call[T], leader bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := callKey{key, version}
	if one, ok := c.under[k]; ok {
		return one, false
	}
	one = &call[T]{foreground: make(chan struct{}), done: make(chan struct{})}
	if c.under == nil {
		c.under = map[callKey]*call[T]{}
	}
	c.under[k] = one
	go func() {
		one.value, one.err = recovering(func() (T, error) { return run(one) })
		c.mu.Lock()
		delete(c.under, k)
		c.mu.Unlock()
		close(one.done)
	}()
	return one, true
}

// promote promotes the calls of a key.
func (c *calls[T]) promote(key query.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, one := range c.under {
		if k.Key == key {
			one.promote()
		}
	}
}

// recovering turns a panic into an error.
func recovering[T any](run func() (T, error)) (value T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run()
}

// tasks are the executions without a caller, and the waiting callers. It is a sync.WaitGroup that may still grow during a wait: a
// request that a server could not end in time may call Get beside Close.
type tasks struct {
	mu   sync.Mutex
	n    int           // guarded by mu
	idle chan struct{} // guarded by mu: closed when n falls to zero; nil without a wait
}

// add adds a task, or removes one if n is -1.
func (t *tasks) add(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n += n; t.n == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// run runs f as a task in a goroutine.
func (t *tasks) run(f func()) {
	t.add(1)
	go func() {
		defer t.add(-1)
		f()
	}()
}

// await waits for the end of an execution. It returns the context's error if the caller leaves before, and context.DeadlineExceeded if
// patience ends, which may be nil. The execution remains a task.
func (t *tasks) await(ctx context.Context, ended <-chan struct{}, patience <-chan time.Time) error {
	t.add(1)
	err := context.DeadlineExceeded
	select {
	case <-ended:
		t.add(-1)
		return nil
	case <-patience:
	case <-ctx.Done():
		err = ctx.Err()
	}
	go func() {
		<-ended
		t.add(-1)
	}()
	return err
}

// wait waits until there is no task, or the context ends.
func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	idle := cmp.Or(t.idle, make(chan struct{}))
	if t.n == 0 {
		close(idle)
	} else {
		t.idle = idle
	}
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
