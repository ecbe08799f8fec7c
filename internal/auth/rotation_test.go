package auth_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// An issuer rotates its keys, over real HTTP, while many callers come with new tokens and with known ones. No caller fails.
func TestRotationUnderLoad(t *testing.T) {
	const rotations, callers = 3, 8
	current, next := p256Key(), makeEC(p256Key().Curve)
	i := openIssuer(t, jwk(t, "k0", current))
	v := trust(t, i)

	var signing atomic.Pointer[func(id string) string] // how the issuer signs at the moment
	use := func(name string, key any) {
		f := func(id string) string {
			return sign(t, "ES256", key, m{"kid": name}, valid(time.Now()).with(m{"sub": id}))
		}
		signing.Store(&f)
	}
	use("k0", current)
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	var passed [callers]atomic.Int64
	for n := range callers {
		running.Go(func() {
			for round := 0; ctx.Err() == nil; round++ {
				token := (*signing.Load())(strconv.Itoa(n) + "-" + strconv.Itoa(round))
				for range 3 { // new, then known
					if _, err := verify(t, v, token); err != nil {
						t.Errorf("refused: %v", err)
						return
					}
					passed[n].Add(1)
				}
			}
		})
	}
	enough := func() { // and with tokens that are all signed after the call
		var targets [callers]int64
		for n := range callers {
			targets[n] = passed[n].Load() + 20
		}
		for n, target := range targets {
			testkit.Until(t, "each caller has passed often enough", func() bool { return passed[n].Load() >= target || t.Failed() })
		}
	}
	for n := range rotations {
		enough()
		name := fmt.Sprint("k", n+1)
		i.publish(t, jwk(t, fmt.Sprint("k", n), current), jwk(t, name, next)) // both, as long as old tokens are about
		use(name, next)
		current, next = next, makeEC(current.Curve)
	}
	enough()
	stop()
	running.Wait()
	if n := i.requests.Load(); n > rotations+2 {
		t.Errorf("%d requests for %d rotations", n, rotations)
	}
}
