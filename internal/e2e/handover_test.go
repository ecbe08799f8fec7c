package e2e_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// A replica that ends stores what it fetches, for any caller, if Rocket responds in time. If not, a replica that waits for the fetch
// takes it over.
func TestFetchesEndOrAreHandedOver(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		stale   bool // there is a stale entry, which the first replica serves and refreshes
		hangsUp bool // the caller of the first replica does
		inTime  bool
	}{
		{"in time", false, false, true},
		{"in time, its caller hung up", false, true, true},
		{"in time, a refresh", true, false, true},
		{"too slow", false, false, false},
		{"too slow, its caller hung up", false, true, false},
		{"too slow, a refresh", true, false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rocket, url := standGated(t)
			store := testkit.StartRedis(t)
			timeout := map[bool]string{true: "1h", false: "1s"}[tt.inTime]
			env := []string{"REDIS_URL=" + store.URL(), "SHUTDOWN_TIMEOUT=" + timeout, "CACHE_REFRESH_FLOOR=0s", "ROCKET_TIMEOUT=1h"}
			first, second := serve(t, url, env...), serve(t, url, env...)
			if tt.stale {
				rocket.open()
				get(t, first.api+usagesPath)
				purge(t, first, `{"all":true}`, "Content-Type", "application/json")
				rocket.shut()
			}
			before := rocket.posts.Load()
			caller, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			received := make(chan *http.Response, 1)
			go func() {
				defer close(received)
				req, _ := http.NewRequestWithContext(caller, http.MethodGet, first.api+usagesPath, nil)
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_ = resp.Body.Close()
					received <- resp
				}
			}()
			rocket.awaitPosts(t, before+1)
			if tt.hangsUp {
				hangUp()
				<-received
			}
			waiter := make(chan string, 1)
			go func() {
				_, body := ask(t, http.MethodGet, second.api+usagesPath, "", "Cache-Control", "no-cache")
				waiter <- body
			}()
			second.awaitMetric(`rocket_gateway_leases_total{outcome="taken"} 1`)
			if tt.inTime {
				rocket.open()
			}
			first.stop()
			want := before + 1
			if !tt.inTime {
				want++
				rocket.awaitPosts(t, want)
				rocket.open()
			}
			if body := <-waiter; len(body) < 1000 {
				t.Errorf("the waiter at the other replica got %s", body)
			}
			if n := rocket.posts.Load(); n != want {
				t.Errorf("%d POSTs, want %d", n, want)
			}
			if resp := <-received; !tt.inTime && !tt.stale && !tt.hangsUp {
				if resp == nil || resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
					t.Errorf("the caller of the first replica got %+v", resp)
				}
			} else if !tt.hangsUp && (resp == nil || resp.StatusCode != http.StatusOK) {
				t.Errorf("the caller of the first replica got %+v", resp)
			}
		})
	}
}

// A Redis that hangs takes neither the end nor the caller's response.
func TestAHangingRedisCannotHoldTheEnd(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	store := testkit.StartRedis(t)
	g := serve(t, url, "REDIS_URL="+store.URL(), "SHUTDOWN_TIMEOUT=2s", "ROCKET_TIMEOUT=1h")
	received := make(chan int, 1)
	go func() { received <- get(t, g.api+usagesPath).StatusCode }()
	rocket.awaitPosts(t, 1)
	store.Freeze()
	defer store.Thaw()
	g.stop()
	if status := <-received; status != http.StatusServiceUnavailable {
		t.Errorf("the caller got %d, want 503", status)
	}
}
