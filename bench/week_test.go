package main

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alicebob/miniredis/v2"
)

var weekDir = flag.String("week", "", "the directory for the results of the week")

func tenantID(n int) string { return fmt.Sprintf("c-%d", n) }

// week is what a policy made of the week.
type week struct {
	name   string
	rocket *weekRocket

	mu                                           sync.Mutex // guards the rest
	requests, waited, failed, outdated, old, odd int
	waiting                                      time.Duration
}

var (
	versionOf = regexp.MustCompile(`"actual":(\d+)`)
	fetchedAt = regexp.MustCompile(`"at":(\d+)`)
)

const (
	noticed = 100 * time.Millisecond // a longer wait is one
	tooOld  = 30 * time.Minute       // for amounts of the current month
)

// record counts a response.
func (w *week) record(v visit, got served, took time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests++
	if v.person && took >= noticed {
		w.waited++
		w.waiting += took
	}
	switch {
	case got.status >= http.StatusInternalServerError:
		w.failed++
		return
	case got.status != http.StatusOK:
		w.odd++
		return
	}
	unix, _ := strconv.ParseInt(string(fetchedAt.FindSubmatch(got.body)[1]), 10, 64)
	restated := v.raw == "period="+restatedMonth || strings.Contains(v.raw, "start_time="+restatedMonth)
	if restated && v.at.After(restatedAt) && string(versionOf.FindSubmatch(got.body)[1]) == "1" {
		w.outdated++
	}
	if v.person && strings.Contains(v.raw, "period=current") && time.Since(time.Unix(unix, 0)) > tooOld {
		w.old++
	}
}

const weekReplicas = 3

// play sends the visits to three replicas in turn.
func (w *week) play(replicas []policy, visits []visit) {
	var callers sync.WaitGroup
	for i, v := range visits {
		time.Sleep(time.Until(v.at))
		callers.Go(func() {
			got := replicas[i%len(replicas)].serve(v)
			w.record(v, got, time.Since(v.at))
		})
	}
	callers.Wait()
	time.Sleep(fetchTimeout) // updates in the background end
}

// TestWeek measures what each policy sends Rocket in the same week. With -week it writes the tables; without, it plays the first day,
// and leaves out the gateways on one Redis, whose virtual seconds take longer.
func TestWeek(t *testing.T) {
	visits := weekOfVisits()
	if *weekDir == "" {
		visits = slices.DeleteFunc(visits, func(v visit) bool { return v.at.After(monday.AddDate(0, 0, 1)) })
	}
	none := func(_ *testing.T, r *weekRocket) policy { return &plain{rocket: r} }
	ttl := func(life time.Duration) func(*testing.T, *weekRocket) policy {
		return func(_ *testing.T, r *weekRocket) policy { return &fixed{plain: plain{rocket: r}, life: life} }
	}
	nginx := func(bySubject bool) func(*testing.T, *weekRocket) policy {
		return func(_ *testing.T, r *weekRocket) policy {
			return &nginxLike{plain: plain{rocket: r}, bySubject: bySubject, entries: map[string]*nginxEntry{}}
		}
	}
	tokens := tokensOf(t, visits)
	alone := func(t *testing.T, r *weekRocket) policy { return newReplica(t, r, nil, tokens) }
	var all []*week
	for _, p := range []struct {
		name  string
		start func(*testing.T, *weekRocket) policy
	}{
		{"no cache", none}, {"fixed 5 min", ttl(5 * time.Minute)}, {"fixed 1 h", ttl(time.Hour)},
		{"nginx", nginx(false)}, {"nginx, subject in the key", nginx(true)}, {"gateway without Redis", alone}, {"gateway", nil},
	} {
		if p.start == nil && *weekDir == "" {
			continue
		}
		w := &week{name: p.name, rocket: newWeekRocket()}
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Until(monday.Add(-time.Minute)))
			w.play(replicasOf(t, w.rocket, tokens, p.start), visits)
		})
		if w.odd > 0 {
			t.Errorf("%s: %d responses are neither a success nor a failure of Rocket", w.name, w.odd)
		}
		all = append(all, w)
		t.Log(w.row())
	}
	uncached, ours := all[0], all[len(all)-1]
	if ours.rocket.requests()*2 > uncached.rocket.requests() || ours.failed > uncached.failed/10 {
		t.Error("the gateway sends more than half of the requests, or more than a tenth of the failures")
	}
	if *weekDir != "" {
		if err := saveWeek(*weekDir, all); err != nil {
			t.Fatal(err)
		}
	}
}

// replicasOf starts the replicas of a policy; if start is nil, gateways on one Redis.
func replicasOf(t *testing.T, rocket *weekRocket, tokens map[string]string, start func(*testing.T, *weekRocket) policy) (all []policy) {
	if start != nil {
		for range weekReplicas {
			all = append(all, start(t, rocket))
		}
		return all
	}
	redis := miniredis.NewMiniRedis()
	if conn, err := redis.Dial(); err == nil { // the server is there from the first connection on
		_ = conn.Close()
	}
	t.Cleanup(redis.Close)
	go age(t.Context(), redis)
	for range weekReplicas {
		all = append(all, newReplica(t, rocket, redis, tokens))
	}
	return all
}

// age lets lifetimes pass in steps that are short for an entry: at every command, as ClockTTL does it, the week would take an hour.
func age(ctx context.Context, redis *miniredis.Miniredis) {
	const step = 30 * time.Second
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(step):
			redis.FastForward(step)
		}
	}
}
