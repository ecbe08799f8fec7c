package main_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// slowable is a Rocket whose questions take a time that may change, and come at times that can be told.
type slowable struct {
	takes atomic.Int64 // nanoseconds
	posts atomic.Int64 // questions that have come
	last  atomic.Int64 // Unix nanoseconds: when the last one came
}

func standSlowable(t *testing.T) (*slowable, string) {
	t.Helper()
	s := &slowable{}
	sim := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 20})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/usages") {
			s.posts.Add(1)
			s.last.Store(time.Now().UnixNano())
			time.Sleep(time.Duration(s.takes.Load()))
		}
		sim.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return s, server.URL + "/rocketsvc"
}

// What a replica fetches when it is told to end, for whomever, is stored where it lands in time. Where it does not, whoever waits
// elsewhere takes over at once, and does not wait for the lease of a dead holder to run out.
func TestFetchesEndOrAreHandedOver(t *testing.T) {
	for _, tt := range []struct {
		name    string
		stale   bool // there is an old answer, and the first replica refreshes it behind its answer
		hangsUp bool // the caller of the first replica does
		timeout string
		takes   time.Duration // each question
		posts   int64         // for the one question that both replicas ask
	}{
		{"in time", false, false, "10s", 1500 * time.Millisecond, 1},
		{"in time, its caller hung up", false, true, "10s", 1500 * time.Millisecond, 1},
		{"in time, a refresh", true, false, "10s", 1500 * time.Millisecond, 1},
		{"too slow", false, false, "1s", 3 * time.Second, 2},
		{"too slow, its caller hung up", false, true, "1s", 3 * time.Second, 2},
		{"too slow, a refresh", true, false, "1s", 3 * time.Second, 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rocket, url := standSlowable(t)
			store := testkit.StartRedis(t)
			env := []string{"REDIS_URL=" + store.URL(), "SHUTDOWN_TIMEOUT=" + tt.timeout, "CACHE_REFRESH_FLOOR=0s"}
			if tt.stale {
				env = append(env, "CACHE_FRESH_CLOSED=1s")
			}
			first, second := serve(t, url, env...), serve(t, url, env...)
			if tt.stale {
				get(t, first.api+question)
				time.Sleep(1100 * time.Millisecond)
			}
			rocket.takes.Store(int64(tt.takes))
			rocket.posts.Store(0)
			caller, hangUp := context.WithCancel(t.Context())
			defer hangUp()
			told := make(chan *http.Response, 1)
			go func() {
				defer close(told)
				req, _ := http.NewRequestWithContext(caller, http.MethodGet, first.api+question, nil)
				if resp, err := http.DefaultClient.Do(req); err == nil {
					_ = resp.Body.Close()
					told <- resp
				}
			}()
			time.Sleep(200 * time.Millisecond)
			if tt.hangsUp {
				hangUp()
			}
			waiter := make(chan string, 1)
			go func() {
				_, body := ask(t, http.MethodGet, second.api+question, "", "Cache-Control", "no-cache")
				waiter <- body
			}()
			time.Sleep(200 * time.Millisecond)
			first.signal(syscall.SIGTERM)
			if status := first.status(); status != 0 {
				t.Errorf("exit status %d, want 0", status)
			}
			ended := time.Now()
			if body := <-waiter; len(body) < 1000 {
				t.Errorf("who waited at the other replica got %s", body)
			}
			if n := rocket.posts.Load(); n != tt.posts {
				t.Errorf("%d POSTs, want %d", n, tt.posts)
			}
			if late := time.Unix(0, rocket.last.Load()).Sub(ended); late > time.Second {
				t.Errorf("the other replica took over %s after the end of the first", late)
			}
			if resp := <-told; resp != nil && tt.posts > 1 && !tt.stale {
				if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") != "1" {
					t.Errorf("who waited at the first replica is told %d, Retry-After %q", resp.StatusCode, resp.Header.Get("Retry-After"))
				}
			} else if !tt.hangsUp && (resp == nil || resp.StatusCode != http.StatusOK) {
				t.Errorf("who waited at the first replica is told %+v", resp)
			}
		})
	}
}

// A Redis that hangs takes neither the end nor the answer of who waits.
func TestAHangingRedisCannotHoldTheEnd(t *testing.T) {
	t.Parallel()
	rocket, url := standSlowable(t)
	store := testkit.StartRedis(t)
	g := serve(t, url, "REDIS_URL="+store.URL(), "SHUTDOWN_TIMEOUT=2s")
	rocket.takes.Store(int64(4 * time.Second))
	told := make(chan int, 1)
	go func() { told <- get(t, g.api+question).StatusCode }()
	time.Sleep(200 * time.Millisecond)
	store.Freeze()
	defer store.Thaw()
	begun := time.Now()
	g.stop()
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("it ended after %s", took)
	}
	if status := <-told; status != http.StatusServiceUnavailable {
		t.Errorf("who waited is told %d, want 503", status)
	}
}
