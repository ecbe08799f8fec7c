package testkit

import (
	"sync"
	"testing"
	"time"
)

// Every calls f at an interval until stop, which waits for the last call, or the end of the test.
func Every(t testing.TB, interval time.Duration, f func()) (stop func()) {
	end := make(chan struct{})
	var calls sync.WaitGroup
	calls.Go(func() {
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticker.C:
				f()
			}
		}
	})
	stop = sync.OnceFunc(func() {
		close(end)
		calls.Wait()
	})
	t.Cleanup(stop)
	return stop
}
