package cache

import (
	"context"
	"sync"
)

// tasks are what goes on without a caller, and callers in wait. It is a sync.WaitGroup that may still grow while somebody waits: a
// request that a server could not end in time may ask beside Close.
type tasks struct {
	mu   sync.Mutex
	n    int           // guarded by mu
	idle chan struct{} // guarded by mu: closed when n comes to zero; nil while nobody waits
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
