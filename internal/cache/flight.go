package cache

import (
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// flight is something under way that any number of callers share: a look into Redis, or a fetch.
type flight[T any] struct {
	awaited chan struct{} // closed as soon as somebody waits for it
	hurry   sync.Once
	landed  chan struct{} // closed when the two below are there
	got     T
	err     error
}

// await says that somebody waits: whatever the flight stands in line for, it is not behind the scenes any more.
func (f *flight[T]) await() { f.hurry.Do(func() { close(f.awaited) }) }

// flights are those of this process, one for a key. The zero value has none.
type flights[T any] struct {
	mu    sync.Mutex
	byKey map[query.Key]*flight[T] // guarded by mu
}

// join gives the flight of a key. Where there is none, run is one, in a goroutine that outlives the caller, and led is true.
func (f *flights[T]) join(key query.Key, run func(*flight[T]) (T, error)) (flown *flight[T], led bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if flown := f.byKey[key]; flown != nil {
		return flown, false
	}
	flown = &flight[T]{awaited: make(chan struct{}), landed: make(chan struct{})}
	if f.byKey == nil {
		f.byKey = map[query.Key]*flight[T]{}
	}
	f.byKey[key] = flown
	go func() {
		flown.got, flown.err = survive(func() (T, error) { return run(flown) })
		f.mu.Lock()
		delete(f.byKey, key)
		f.mu.Unlock()
		close(flown.landed)
	}()
	return flown, true
}

// of gives the flight of a key, or nil.
func (f *flights[T]) of(key query.Key) *flight[T] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.byKey[key]
}

// survive turns a panic into an error.
func survive[T any](run func() (T, error)) (got T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return run()
}
