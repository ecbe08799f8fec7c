package cache

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// call is an execution that any number of callers share: a comparison with Redis, a fetch, or a filter.
type call[T any] struct {
	version    uint64        // of what the execution is based on
	foreground chan struct{} // closed as soon as a request waits for it
	promotion  sync.Once
	done       chan struct{} // closed when value and err are set
	value      T
	err        error
}

// promote moves the call to the foreground: a request waits for it.
func (c *call[T]) promote() { c.promotion.Do(func() { close(c.foreground) }) }

// calls are the calls of this process. The zero value has none.
type calls[T any] struct {
	mu    sync.Mutex
	byKey map[query.Key][]*call[T] // guarded by mu
}

// join returns the call of a key and a version. If there is none, it begins one, in a goroutine that outlives the caller, and leader is
// true.
func (c *calls[T]) join(key query.Key, version uint64, run func(*call[T]) (T, error)) (one *call[T], leader bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.byKey[key] {
		if one.version == version {
			return one, false
		}
	}
	one = &call[T]{version: version, foreground: make(chan struct{}), done: make(chan struct{})}
	if c.byKey == nil {
		c.byKey = map[query.Key][]*call[T]{}
	}
	c.byKey[key] = append(c.byKey[key], one)
	go func() {
		one.value, one.err = recovering(func() (T, error) { return run(one) })
		c.remove(key, one)
		close(one.done)
	}()
	return one, true
}

func (c *calls[T]) remove(key query.Key, ended *call[T]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey[key] = slices.DeleteFunc(c.byKey[key], func(one *call[T]) bool { return one == ended })
	if len(c.byKey[key]) == 0 {
		delete(c.byKey, key)
	}
}

// promote promotes the calls of a key.
func (c *calls[T]) promote(key query.Key) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, one := range c.byKey[key] {
		one.promote()
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

func (t *tasks) add() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n++
}

func (t *tasks) done() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.n--; t.n == 0 && t.idle != nil {
		close(t.idle)
		t.idle = nil
	}
}

// run runs f as a task in a goroutine.
func (t *tasks) run(f func()) {
	t.add()
	go func() {
		defer t.done()
		f()
	}()
}

// await waits for the end of an execution, or returns the context's error if the caller leaves before. The execution remains a task.
func (t *tasks) await(ctx context.Context, ended <-chan struct{}) error {
	t.add()
	select {
	case <-ended:
		t.done()
		return nil
	case <-ctx.Done():
		go func() {
			<-ended
			t.done()
		}()
		return ctx.Err()
	}
}

// wait waits until there is no task, or the context ends.
func (t *tasks) wait(ctx context.Context) error {
	t.mu.Lock()
	if t.n == 0 {
		t.mu.Unlock()
		return nil
	}
	if t.idle == nil {
		t.idle = make(chan struct{})
	}
	idle := t.idle
	t.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
