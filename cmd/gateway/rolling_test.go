package main_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// rollingRestart replaces three replicas behind a load balancer one after another, while a hundred callers go on asking. No request
// fails, no question is asked twice, and nobody logs in again.
func rollingRestart(t *testing.T) (*fleet, *outcome) {
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.Latency, o.Customers = 300*time.Millisecond, 1000 })
	f := &fleet{t: t, sim: sim, store: testkit.StartRedis(t)}
	env := []string{
		"REDIS_URL=" + f.store.URL(), "TOKEN_ENCRYPTION_KEYS=" + base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 32))),
		"SHUTDOWN_DELAY=1s",
	}
	begin := func(api, admin string) *gateway {
		return serve(t, rocket, append([]string{"LISTEN_ADDR=" + api, "ADMIN_ADDR=" + admin}, env...)...)
	}
	for range 3 {
		f.replicas = append(f.replicas, begin(fixedAddress(t), fixedAddress(t)))
	}
	lb := balance(t, f.replicas)
	l := &rolling{base: lb.url, ended: make(chan struct{})}
	l.start(100)
	time.Sleep(time.Second)
	for i, m := range lb.members {
		f.replicas[i].stop()
		f.replicas[i] = begin(m.api.Host, m.admin.Host)
		m.await(t)
		time.Sleep(time.Second)
	}
	close(l.ended)
	l.callers.Wait()
	if n := f.sim.Counts(); n.Total() > int(l.questions.Load())+2 || n.Logins > 1 {
		t.Errorf("%d POSTs for %d questions, %d logins", n.Total(), l.questions.Load()+2, n.Logins)
	}
	return f, &l.outcome
}

// rolling is a load that goes on until it is ended.
type rolling struct {
	outcome
	base      string
	questions atomic.Int64 // that nobody has asked before
	callers   sync.WaitGroup
	ended     chan struct{}
}

const (
	smallAnswer = "/v1/azure/indicators?period=2025-06"
	largeAnswer = "/v1/azure/usages?period=2025-06&view=customers"
)

// start has callers of four kinds ask: for a hit, a miss, a large answer, and whether an answer is still the same.
func (l *rolling) start(callers int) {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: callers}}
	for c := range callers {
		l.callers.Go(func() {
			etag := ""
			for {
				switch c % 4 {
				case 0:
					l.send(client, smallAnswer, "", 0)
				case 1:
					l.send(client, fmt.Sprintf("/v1/azure/by-day?period=2025-06&customer_id=%d", l.questions.Add(1)), "", 0)
				case 2:
					l.send(client, largeAnswer, "", 100_000)
				case 3:
					etag = l.send(client, smallAnswer, etag, 0)
				}
				select {
				case <-l.ended:
					return
				case <-time.After(time.Duration(50+rand.N(100)) * time.Millisecond):
				}
			}
		})
	}
}

// send asks once, and counts whatever is not the whole answer as a failure.
func (l *rolling) send(client *http.Client, path, etag string, least int) string {
	req, err := http.NewRequest(http.MethodGet, l.base+path, once())
	if err != nil {
		panic(err)
	}
	if etag != "" {
		req.Header.Set("If-None-Match", etag)
	}
	want := http.StatusOK
	if etag != "" {
		want = http.StatusNotModified
	}
	started := time.Now()
	resp, err := client.Do(req)
	var body []byte
	if err == nil {
		body, err = io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		etag = resp.Header.Get("ETag")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.took = append(l.took, time.Since(started))
	if err != nil || resp.StatusCode != want || len(body) < least {
		l.failed++
	}
	return etag
}
