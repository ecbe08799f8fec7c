package upstream

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// awaited says that somebody waits for the answer.
var awaited = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// full is a limiter whose two places are taken.
func full(t *testing.T, wait time.Duration) (l *limiter, places [2]*place) {
	t.Helper()
	l = newLimiter(2, wait)
	for i := range places {
		var err error
		if places[i], err = l.enter(t.Context(), awaited); err != nil {
			t.Fatal(err)
		}
	}
	return l, places
}

// refused gives the error of one who gets no place.
func (l *limiter) refused(ctx context.Context, t *testing.T) error {
	t.Helper()
	p, err := l.enter(ctx, awaited)
	if p != nil {
		t.Error("a place was free")
	}
	return err
}

func TestLimiterGivesUpAfterQueueWait(t *testing.T) {
	for _, wait := range []time.Duration{0, 10 * time.Millisecond, 5 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			l, _ := full(t, wait)
			begun := time.Now()
			e := fault.Of(l.refused(t.Context(), t))
			if e.Kind != fault.UpstreamUnavailable || e.Status != 0 || e.RetryAfter < time.Second || time.Since(begun) != wait {
				t.Errorf("got %v after %s, to be tried again in %s", e, time.Since(begun), e.RetryAfter)
			}
		})
	}
}

func TestLimiterHeedsTheContext(t *testing.T) {
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
				l, _ := full(t, 5*time.Second)
				begun := time.Now()
				wantTimeout(t, l.refused(ctx, t), begun, life)
			})
		})
	}
}

func TestLimiterHandsAPlaceOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, places := full(t, 5*time.Second)
		begun := time.Now()
		time.AfterFunc(2*time.Second, places[0].leave)
		if _, err := l.enter(t.Context(), awaited); err != nil || time.Since(begun) != 2*time.Second {
			t.Errorf("got %v after %s", err, time.Since(begun))
		}
	})
}

func TestLimiterKeepsNoPlaceForWhoGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, places := full(t, time.Second)
		for range 5 {
			_ = l.refused(t.Context(), t)
		}
		for _, p := range places {
			p.leave()
		}
		for range 2 {
			if _, err := l.enter(t.Context(), awaited); err != nil {
				t.Error(err)
			}
		}
	})
}

// queued enters behind or for a caller, and tells when it has its place.
func (l *limiter) queued(t *testing.T, awaited <-chan struct{}) <-chan *place {
	t.Helper()
	got := make(chan *place, 1)
	go func() {
		p, err := l.enter(t.Context(), awaited)
		if err != nil {
			t.Error(err)
		}
		got <- p
	}()
	synctest.Wait()
	return got
}

func TestWhatNobodyWaitsForGetsHalfOfThePlaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(4, time.Second)
		var behind []<-chan *place
		for range 4 {
			behind = append(behind, l.queued(t, make(chan struct{})))
		}
		if len(behind[0]) != 1 || len(behind[1]) != 1 || len(behind[2]) != 0 {
			t.Fatal("two of four places are for what nobody waits for")
		}
		first, second := <-l.queued(t, awaited), <-l.queued(t, awaited)
		caller := l.queued(t, awaited)
		first.leave()
		synctest.Wait()
		if len(caller) != 1 || len(behind[2]) != 0 {
			t.Fatal("the caller comes first")
		}
		(<-behind[0]).leave()
		synctest.Wait()
		if len(behind[2]) != 1 || len(behind[3]) != 0 {
			t.Fatal("the next from behind follows one from behind")
		}
		second.leave()
		for _, p := range []<-chan *place{caller, behind[1], behind[2], behind[3]} {
			(<-p).leave()
			synctest.Wait()
		}
		if l.taken != 0 || l.behind != 0 {
			t.Errorf("%d places are taken at the end, %d from behind", l.taken, l.behind)
		}
	})
}

func TestWhomSomebodyBeginsToWaitForStandsWithTheCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, places := full(t, time.Second)
		later := make(chan struct{})
		before, promoted := l.queued(t, make(chan struct{})), l.queued(t, later)
		time.Sleep(time.Minute) // nobody waits, so nobody loses patience
		close(later)
		synctest.Wait()
		places[0].leave()
		synctest.Wait()
		if len(promoted) != 1 || len(before) != 0 {
			t.Fatal("the promoted one comes first")
		}
		(<-promoted).leave()
		(<-before).leave()
		places[1].leave()
	})
}

func TestTheLineIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, places := full(t, time.Hour)
		var waiting []<-chan *place
		for range 2 * waitersPerPlace {
			waiting = append(waiting, l.queued(t, awaited))
		}
		begun := time.Now()
		if e := fault.Of(l.refused(t.Context(), t)); e.Kind != fault.UpstreamUnavailable || time.Since(begun) != 0 {
			t.Errorf("got %v after %s", e, time.Since(begun))
		}
		for _, p := range places {
			p.leave()
		}
		for _, w := range waiting {
			(<-w).leave()
		}
	})
}
