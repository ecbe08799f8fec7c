package testkit

import (
	"sync"
	"time"
)

// Every calls f at an interval until stop, which waits for the last call.
func Every(interval time.Duration, f func()) (stop func()) {
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
	return func() {
		close(end)
		calls.Wait()
	}
}
