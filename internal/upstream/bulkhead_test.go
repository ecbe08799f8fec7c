package upstream

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// requested is closed: a caller waits for the response.
var requested = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// full returns a bulkhead whose two slots are taken.
func full(t *testing.T, wait time.Duration) (b *bulkhead, slots [2]*slot) {
	t.Helper()
	b = newBulkhead(2, wait)
	for i := range slots {
		var err error
		if slots[i], err = b.acquire(t.Context(), requested); err != nil {
			t.Fatal(err)
		}
	}
	return b, slots
}

// refused returns the error of a request that gets no slot.
func (b *bulkhead) refused(ctx context.Context, t *testing.T) error {
	t.Helper()
	s, err := b.acquire(ctx, requested)
	if s != nil {
		t.Error("a slot was free")
	}
	return err
}

func TestBulkheadGivesUpAfterQueueWait(t *testing.T) {
	for _, wait := range []time.Duration{0, 10 * time.Millisecond, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			b, _ := full(t, wait)
			begun := time.Now()
			e := fault.Of(b.refused(t.Context(), t))
			if e.Kind != fault.UpstreamUnavailable || e.Status != 0 || e.RetryAfter < time.Second || time.Since(begun) != wait {
				t.Errorf("got %v after %s, with Retry-After %s", e, time.Since(begun), e.RetryAfter)
			}
		})
	}
}

func TestBulkheadObservesTheContext(t *testing.T) {
	const life = time.Second
	ends := map[string]func(context.Context) (context.Context, context.CancelFunc){
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(ctx, life) },
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(life, cancel)
			return ctx, cancel
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := end(t.Context())
				defer cancel()
				b, _ := full(t, 5*time.Second)
				begun := time.Now()
				wantTimeout(t, b.refused(ctx, t), begun, life)
			})
		})
	}
}

func TestReleasedSlotGoesToTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, slots := full(t, 5*time.Second)
		begun := time.Now()
		time.AfterFunc(2*time.Second, slots[0].release)
		if _, err := b.acquire(t.Context(), requested); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}

func TestAbandonedRequestsHoldNoSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, slots := full(t, time.Second)
		for range 5 {
			_ = b.refused(t.Context(), t)
		}
		for _, s := range slots {
			s.release()
		}
		for range 2 {
			if _, err := b.acquire(t.Context(), requested); err != nil {
				t.Error(err)
			}
		}
	})
}

// A slot that is free is granted, even if the request would not wait for one.
func TestFreeSlotIsGrantedWithoutPatience(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 100 {
		s, err := newBulkhead(1, 0).acquire(ctx, requested)
		if err != nil {
			t.Fatal(err)
		}
		s.release()
	}
}

// queued acquires a slot and sends it once it is granted.
func (b *bulkhead) queued(t *testing.T, requested <-chan struct{}) <-chan *slot {
	t.Helper()
	got := make(chan *slot, 1)
	go func() {
		s, err := b.acquire(t.Context(), requested)
		if err != nil {
			t.Error(err)
		}
		got <- s
	}()
	synctest.Wait()
	return got
}

func TestBackgroundRequestsGetHalfOfTheSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBulkhead(4, time.Second)
		var refreshes []<-chan *slot
		for range 4 {
			refreshes = append(refreshes, b.queued(t, make(chan struct{})))
		}
		if len(refreshes[0]) != 1 || len(refreshes[1]) != 1 || len(refreshes[2]) != 0 {
			t.Fatal("two of four slots are for background requests")
		}
		first, second := <-b.queued(t, requested), <-b.queued(t, requested)
		caller := b.queued(t, requested)
		first.release()
		synctest.Wait()
		if len(caller) != 1 || len(refreshes[2]) != 0 {
			t.Fatal("the foreground request comes first")
		}
		(<-refreshes[0]).release()
		synctest.Wait()
		if len(refreshes[2]) != 1 || len(refreshes[3]) != 0 {
			t.Fatal("the next background request follows a background request")
		}
		second.release()
		for _, s := range []<-chan *slot{caller, refreshes[1], refreshes[2], refreshes[3]} {
			(<-s).release()
			synctest.Wait()
		}
		if b.taken != [priorities]int{} {
			t.Errorf("%d slots are taken at the end", b.taken)
		}
	})
}

func TestPromotedRequestsQueueInTheForeground(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, slots := full(t, time.Second)
		later := make(chan struct{})
		before, promoted := b.queued(t, make(chan struct{})), b.queued(t, later)
		time.Sleep(time.Minute) // background requests wait as long as their contexts
		close(later)
		synctest.Wait()
		slots[0].release()
		synctest.Wait()
		if len(promoted) != 1 || len(before) != 0 {
			t.Fatal("the promoted request comes first")
		}
		(<-promoted).release()
		(<-before).release()
		slots[1].release()
	})
}

func TestQueuesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, slots := full(t, time.Hour)
		var waiting []<-chan *slot
		for range 2 * queuePerSlot {
			waiting = append(waiting, b.queued(t, requested))
		}
		begun := time.Now()
		if e := fault.Of(b.refused(t.Context(), t)); e.Kind != fault.UpstreamUnavailable || time.Since(begun) != 0 {
			t.Errorf("got %v after %s", e, time.Since(begun))
		}
		for _, s := range slots {
			s.release()
		}
		for _, w := range waiting {
			(<-w).release()
		}
	})
}
