package main_test

import (
	"fmt"
	"io"
	"math"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// fleet is three replicas of the real binary on a real Redis, in front of a stand-in whose requests are counted.
type fleet struct {
	t        *testing.T
	sim      *rocketsim.Server
	store    *testkit.Redis
	replicas []*gateway
}

func startFleet(t *testing.T, latency time.Duration) *fleet {
	t.Helper()
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.Latency = latency })
	f := &fleet{t: t, sim: sim, store: testkit.StartRedis(t)}
	for range 3 {
		f.replicas = append(f.replicas, serve(t, rocket, "REDIS_URL="+f.store.URL()))
	}
	return f
}

// outcome is what a load saw.
type outcome struct {
	mu     sync.Mutex
	failed int             // guarded by mu: no answer, or no 200
	took   []time.Duration // guarded by mu
}

func (o *outcome) ask(client *http.Client, url string) {
	started := time.Now()
	resp, err := client.Get(url)
	ok := err == nil && resp.StatusCode == http.StatusOK
	if err == nil {
		_, err = io.Copy(io.Discard, resp.Body)
		ok = ok && err == nil
		_ = resp.Body.Close()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.took = append(o.took, time.Since(started))
	if !ok {
		o.failed++
	}
}

// p gives a percentile of the times.
func (o *outcome) p(percent int) time.Duration {
	slices.Sort(o.took)
	return o.took[min(len(o.took)-1, len(o.took)*percent/100)]
}

// load asks the replicas in turn from so many callers, each so often, for what question says.
func (f *fleet) load(replicas []*gateway, callers, times int, question func(caller, n int) string) *outcome {
	o := &outcome{}
	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	for c := range callers {
		all.Go(func() {
			for n := range times {
				o.ask(client, replicas[(c+n)%len(replicas)].api+question(c, n))
			}
		})
	}
	all.Wait()
	return o
}

func one(int, int) string { return question }

func distinct(c, n int) string { return fmt.Sprintf("%s&customer_id=%d-%d", question, c, n) }

// TestChaos runs every scenario against real processes; `make chaos` shows its table.
func TestChaos(t *testing.T) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\nscenario\trequests\tfailed\tPOSTs\tlogins\tp50\tp99\t")
	defer func() { _ = table.Flush() }()
	for _, s := range []struct {
		name string
		run  func(t *testing.T) (*fleet, *outcome)
		most int // POSTs to Rocket
		more int // logins than one for each replica
	}{
		{"900 callers on one cold question", coldQuestion, 1, 0},
		{"holder killed in mid-fetch", holderKilled, 2, 0},
		{"hits while all is well", hits, 1, 0},
		{"hits while Redis hangs", hitsWithRedisHanging, 1, 0},
		{"misses while Redis hangs", missesWithRedisHanging, 300, 0},
		{"Redis killed and back under load", redisKilled, 3 * 300, 0},
		{"Rocket gone, answers stale", rocketGone, 1000, 0},
		{"replica frozen for five seconds", replicaFrozen, 300, 0},
		{"Redis answers after 100 ms", redisSlow(100 * time.Millisecond), 300, 0},
		{"Redis answers after 400 ms", redisSlow(400 * time.Millisecond), 3 * 300, 0},
		{"Redis cut off ten times a second", redisCut, 3 * 300, 0},
		{"Rocket cut off in mid-answer, answers stale", rocketCut, 1000, 6},
		{"rolling restart of three replicas", rollingRestart, math.MaxInt, -2}, // it counts its questions itself
	} {
		t.Run(s.name, func(t *testing.T) {
			f, o := s.run(t)
			counts := f.sim.Counts()
			fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t\n", s.name, len(o.took), o.failed, counts.Total(), counts.Logins,
				o.p(50).Round(10*time.Microsecond), o.p(99).Round(10*time.Microsecond))
			if o.failed > 0 || counts.Total() > s.most || counts.Logins > 3+s.more {
				t.Errorf("%d failed, %d POSTs (at most %d), %d logins", o.failed, counts.Total(), s.most, counts.Logins)
			}
		})
	}
}

func coldQuestion(t *testing.T) (*fleet, *outcome) {
	f := startFleet(t, 300*time.Millisecond)
	return f, f.load(f.replicas, 900, 1, one)
}

// holderKilled has one replica fetch and die; those who wait in the others are answered within seconds.
func holderKilled(t *testing.T) (*fleet, *outcome) {
	f := startFleet(t, time.Second)
	go func() {
		resp, err := http.Get(f.replicas[0].api + question)
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	time.Sleep(300 * time.Millisecond)
	time.AfterFunc(300*time.Millisecond, func() { _ = f.replicas[0].command.Process.Kill() })
	return f, f.load(f.replicas[1:], 100, 1, one)
}

func warmFleet(t *testing.T) *fleet {
	t.Helper()
	f := startFleet(t, 0)
	for _, r := range f.replicas {
		get(t, r.api+question)
	}
	return f
}

func hits(t *testing.T) (*fleet, *outcome) {
	f := warmFleet(t)
	return f, f.load(f.replicas, 8, 500, one)
}

func hitsWithRedisHanging(t *testing.T) (*fleet, *outcome) {
	f := warmFleet(t)
	f.store.Freeze()
	defer f.store.Thaw()
	return f, f.load(f.replicas, 8, 500, one)
}

func missesWithRedisHanging(t *testing.T) (*fleet, *outcome) {
	f := warmFleet(t)
	f.store.Freeze()
	defer f.store.Thaw()
	return f, f.load(f.replicas, 8, 30, distinct)
}

func redisKilled(t *testing.T) (*fleet, *outcome) {
	f := warmFleet(t)
	var chaos sync.WaitGroup
	chaos.Go(func() {
		time.Sleep(200 * time.Millisecond)
		f.store.Kill()
		time.Sleep(800 * time.Millisecond)
		f.store.Start()
	})
	defer chaos.Wait()
	return f, f.load(f.replicas, 6, 50, func(c, n int) string {
		time.Sleep(40 * time.Millisecond)
		return distinct(c, n)
	})
}

// rocketGone asks for what is stale of a Rocket that answers nothing but 503.
func rocketGone(t *testing.T) (*fleet, *outcome) {
	f := &fleet{t: t, store: testkit.StartRedis(t)}
	var gone syncFlag
	sim, rocket := standBehind(t, &gone)
	f.sim = sim
	for range 3 {
		f.replicas = append(f.replicas, serve(t, rocket, "REDIS_URL="+f.store.URL(), "CACHE_FRESH_CLOSED=1s", "CACHE_STALE_WHILE_REVALIDATE=0s"))
	}
	for _, r := range f.replicas {
		get(t, r.api+question)
	}
	time.Sleep(time.Second)
	gone.set()
	return f, f.load(f.replicas, 10, 100, one)
}

// replicaFrozen stops a replica that holds a lease; the others go on, and when it wakes it harms nothing.
func replicaFrozen(t *testing.T) (*fleet, *outcome) {
	f := startFleet(t, 200*time.Millisecond)
	go func() {
		resp, err := http.Get(f.replicas[0].api + question)
		if err == nil {
			_ = resp.Body.Close()
		}
	}()
	time.Sleep(100 * time.Millisecond)
	f.replicas[0].signal(syscall.SIGSTOP)
	var thaw sync.WaitGroup
	thaw.Go(func() {
		time.Sleep(5 * time.Second)
		f.replicas[0].signal(syscall.SIGCONT)
	})
	defer thaw.Wait()
	return f, f.load(f.replicas[1:], 20, 25, func(_, n int) string { return fmt.Sprintf("%s&reseller_id=%d", question, n) })
}

// behindProxies is a fleet that reaches Redis and Rocket over a network that can be made bad.
func behindProxies(t *testing.T, env ...string) (f *fleet, toRedis, toRocket *testkit.Proxy) {
	t.Helper()
	sim, rocket := stand(t)
	f = &fleet{t: t, sim: sim, store: testkit.StartRedis(t)}
	toRedis = testkit.StartProxy(t, f.store.Address)
	host, path, _ := strings.Cut(strings.TrimPrefix(rocket, "http://"), "/")
	toRocket = testkit.StartProxy(t, host)
	for range 3 {
		f.replicas = append(f.replicas,
			serve(t, "http://"+toRocket.Address+"/"+path, append([]string{"REDIS_URL=redis://" + toRedis.Address + "/0"}, env...)...))
	}
	for _, r := range f.replicas {
		get(t, r.api+question)
	}
	return f, toRedis, toRocket
}

func redisSlow(delay time.Duration) func(t *testing.T) (*fleet, *outcome) {
	return func(t *testing.T) (*fleet, *outcome) {
		f, toRedis, _ := behindProxies(t)
		toRedis.Delay(delay)
		return f, f.load(f.replicas, 8, 30, distinct)
	}
}

func redisCut(t *testing.T) (*fleet, *outcome) {
	f, toRedis, _ := behindProxies(t)
	defer toRedis.CutEvery(100 * time.Millisecond)()
	return f, f.load(f.replicas, 6, 50, func(c, n int) string {
		time.Sleep(20 * time.Millisecond)
		return distinct(c, n)
	})
}

// rocketCut asks for what is stale while Rocket's answers are slow and never come whole.
func rocketCut(t *testing.T) (*fleet, *outcome) {
	f, _, toRocket := behindProxies(t, "CACHE_FRESH_CLOSED=1s", "CACHE_STALE_WHILE_REVALIDATE=0s")
	time.Sleep(time.Second)
	toRocket.Delay(80 * time.Millisecond)
	defer toRocket.CutEvery(50 * time.Millisecond)()
	return f, f.load(f.replicas, 10, 100, one)
}
