package cache

import (
	"fmt"
	"runtime/debug"
	"slices"
	"sync"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// flight is something under way that any number of callers share: a look into Redis, or a fetch.
type flight[T any] struct {
	since   uint64        // the last purge that those who share it know of
	awaited chan struct{} // closed as soon as somebody waits for it
	hurry   sync.Once
	landed  chan struct{} // closed when the two below are there
	got     T
	err     error
}

// await says that somebody waits: whatever the flight stands in line for, it is not behind the scenes any more.
func (f *flight[T]) await() { f.hurry.Do(func() { close(f.awaited) }) }

// flights are those of this process. The zero value has none.
type flights[T any] struct {
	mu    sync.Mutex
	byKey map[query.Key][]*flight[T] // guarded by mu
}

// join gives the flight of a key. Where there is none, run is one, in a goroutine that outlives the caller, and led is true. One from
// before the purge at since does not count: what it brings is of no use to whoever asks now.
func (f *flights[T]) join(key query.Key, since uint64, run func(*flight[T]) (T, error)) (flown *flight[T], led bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, flown := range f.byKey[key] {
		if flown.since == since {
			return flown, false
		}
	}
	flown = &flight[T]{since: since, awaited: make(chan struct{}), landed: make(chan struct{})}
	if f.byKey == nil {
		f.byKey = map[query.Key][]*flight[T]{}
	}
	f.byKey[key] = append(f.byKey[key], flown)
	go func() {
		flown.got, flown.err = survive(func() (T, error) { return run(flown) })
		f.remove(key, flown)
		close(flown.landed)
	}()
	return flown, true
}

func (f *flights[T]) remove(key query.Key, landed *flight[T]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byKey[key] = slices.DeleteFunc(f.byKey[key], func(flown *flight[T]) bool { return flown == landed })
	if len(f.byKey[key]) == 0 {
		delete(f.byKey, key)
	}
}

// hurry says that somebody elsewhere waits for the flights of a key.
func (f *flights[T]) hurry(key query.Key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, flown := range f.byKey[key] {
		flown.await()
	}
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
