package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	coldLatency = 300 * time.Millisecond
	coldRounds  = 3
)

// stampedes are the numbers of callers and of replicas.
var stampedes = []struct{ callers, replicas int }{{200, 1}, {10_000, 1}, {200, 3}, {10_000, 3}}

// measureCold has many callers request the same query at once, which is not cached.
func measureCold(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	redis, err := l.redis(ctx)
	if err != nil {
		return "", nil, err
	}
	key := base64.StdEncoding.EncodeToString([]byte("01234567890123456789012345678901"))
	logins := int64(0)
	for _, name := range []starter{guarded("REDIS_URL=redis://"+redis, "TOKEN_ENCRYPTION_KEYS="+key), nginx, nginxChecking, varnish("256m")} {
		o, err := l.origin(sizes[1], coldLatency)
		if err != nil {
			return "", nil, err
		}
		replicas, err := l.startAll(ctx, o, name, name, name)
		if err != nil {
			return "", nil, err
		}
		for i, one := range stampedes {
			for round := range coldRounds {
				query := spreadPath(1000*i + 10*round + 1)
				if err := stampede(ctx, replicas[:one.replicas], o, query, one.callers, round, &raw); err != nil {
					return "", nil, fmt.Errorf("%s: %w", replicas[0].name, err)
				}
			}
		}
		logins = max(logins, o.logins.Load())
	}
	return reportCold(raw, logins), raw, nil
}

// stampede opens all connections first, then sends one request over each.
func stampede(ctx context.Context, replicas []*server, o *origin, query string, callers, round int, raw *samples) error {
	name, x := replicas[0].name, fmt.Sprintf("%d callers, %d replicas", callers, len(replicas))
	progress("%s, round %d: %s", x, round+1, name)
	likeWrk.CloseIdleConnections() // the gateway accepts 10,000
	var clients []*client
	defer func() { hangUp(clients) }()
	before := 0.0
	for _, s := range replicas {
		more, err := s.dial(ctx, callers/len(replicas))
		if err != nil {
			return err
		}
		clients = append(clients, more...)
		s.resetPeak()
		before += s.resident("VmRSS")
	}
	calls, latencies := o.queries.Load(), make([]time.Duration, len(clients))
	failures := make([]bool, len(clients))
	var group errgroup.Group
	begun := time.Now()
	for i, c := range clients {
		request := replicas[min(i/(callers/len(replicas)), len(replicas)-1)].request(query)
		group.Go(func() error {
			failures[i] = c.do(request) != nil
			latencies[i] = time.Since(begun)
			return nil
		})
	}
	_ = group.Wait()
	slices.Sort(latencies)
	peak := 0.0
	for _, s := range replicas {
		peak += s.resident("VmHWM")
	}
	failed := 0
	for _, f := range failures {
		if f {
			failed++
		}
	}
	raw.add(name, x, "p50 over origin, ms", round, percentile(latencies, 0.5)/1000-float64(coldLatency.Milliseconds()))
	raw.add(name, x, "p99 over origin, ms", round, percentile(latencies, 0.99)/1000-float64(coldLatency.Milliseconds()))
	raw.add(name, x, "origin calls", round, float64(o.queries.Load()-calls))
	raw.add(name, x, "memory, bytes", round, peak-before)
	raw.add(name, x, "failed", round, float64(failed))
	return nil
}

func reportCold(raw samples, logins int64) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Stampedes\n\n"+
		"So many callers, each on an open connection, request the same query of 20 KB at once. It is not cached, and takes the origin %s.\n"+
		"In each cell: the median (and p99) beyond the origin's time, requests to the origin, and the peak of memory beyond that\n"+
		"before, of all replicas. Medians of %d rounds. nginx has `proxy_cache_lock`, and the replicas of the gateway one Redis.\n\n",
		coldLatency, coldRounds)
	b.WriteString(raw.table("", func(series, x string) string {
		cell := fmt.Sprintf("%.0f (%.0f) ms, %.0f calls, %.0f MB", raw.middle(series, x, "p50 over origin, ms"),
			raw.middle(series, x, "p99 over origin, ms"), raw.middle(series, x, "origin calls"), raw.middle(series, x, "memory, bytes")/1e6)
		if failed := raw.middle(series, x, "failed"); failed > 0 {
			cell += fmt.Sprintf(", **%.0f failed**", failed)
		}
		return cell
	}))
	fmt.Fprintf(&b, "\nThe three replicas of the gateway logged in %d times together. The others do not log in.\n", logins)
	return b.String()
}
