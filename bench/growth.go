package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
)

// linear is the largest exponent that counts as linear growth: twice as much of x costs less than 2.3 times as much.
const linear = 1.2

// exponent returns p of a cost that grows as x^p between two measurements.
func exponent(x0, y0, x1, y1 float64) float64 {
	if x0 <= 0 || y0 <= 0 || x1 <= x0 || y1 <= 0 {
		return 0
	}
	return math.Log(y1/y0) / math.Log(x1/x0)
}

// growth returns a sentence about the growth of a metric over the larger half of the x, where fixed costs play no part.
func (s samples) growth(series, metric string) string {
	xs := s.names(xOf)
	first, last := xs[(len(xs)-1)/2], xs[len(xs)-1]
	x0, _ := strconv.ParseFloat(first, 64)
	x1, _ := strconv.ParseFloat(last, 64)
	p := exponent(x0, s.middle(series, first, metric), x1, s.middle(series, last, metric))
	verdict := "no worse than linear"
	if p > linear {
		verdict = "**worse than linear: a defect**"
	}
	return fmt.Sprintf("From %s to %s, %s has the exponent %.2f: %s.\n", first, last, metric, p, verdict)
}

// largeGateway starts a gateway that keeps whatever it gets.
func (l *lab) largeGateway(ctx context.Context, size int) (*server, error) {
	o, err := l.origin(size, 0)
	if err != nil {
		return nil, err
	}
	servers, err := l.startAll(ctx, o, guarded("CACHE_MEMORY_BYTES=16Gi", "CACHE_MAX_ENTRY_BYTES=64Mi", "ROCKET_MAX_RESPONSE_BYTES=67108864"))
	if err != nil {
		return nil, err
	}
	return servers[0], nil
}

var entryCounts = []int{10, 100, 1_000, 10_000, 100_000, 400_000}

// measureEntries fills one gateway with more and more entries of 1 KB and measures hits on all of them, at random.
func measureEntries(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	s, err := l.largeGateway(ctx, sizes[0])
	if err != nil {
		return "", nil, err
	}
	before, filled := s.live(ctx), 0
	for _, count := range entryCounts {
		progress("%d entries", count)
		if err := s.fill(ctx, filled, count); err != nil {
			return "", nil, err
		}
		script, err := l.script(func() int { return rand.IntN(count) }) //nolint:gosec // any entries will do
		if err != nil {
			return "", nil, err
		}
		x := strconv.Itoa(count)
		now := s.live(ctx)
		raw.add(s.name, x, "memory, bytes", 0, now)
		raw.add(s.name, x, "memory of one more, bytes", 0, max(0, now-before)/float64(count-filled))
		before, filled = now, count
		for round := range *rounds {
			if err := s.sample(ctx, &raw, x, round, "/", script); err != nil {
				return "", nil, err
			}
		}
	}
	text := "## Growth: entries\n\nEntries of 1 KB in one gateway; hits are on all of them at random. Memory is that in use after\n" +
		"a garbage collection.\n\n" +
		raw.metrics("entries", "memory, bytes", "memory of one more, bytes", cpu) + "\n" + raw.growth(s.name, "memory, bytes") +
		raw.growth(s.name, cpu)
	return text, raw, nil
}

// metrics returns a table of the gateway's metrics, a row for each x.
func (s samples) metrics(corner string, metrics ...string) string {
	text := "| " + corner + " |"
	for _, m := range metrics {
		text += " " + m + " |"
	}
	text += "\n| --- |"
	for range metrics {
		text += " --- |"
	}
	for _, x := range s.names(xOf) {
		text += "\n| " + x + " |"
		for _, m := range metrics {
			text += fmt.Sprintf(" %.4g |", s.middle(gatewayName, x, m))
		}
	}
	return text + "\n"
}

// measureBodies measures hits of larger and larger bodies, and the memory of a few entries.
func measureBodies(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	for size := 1 << 10; size <= 16<<20; size *= 4 {
		s, err := l.largeGateway(ctx, size)
		if err != nil {
			return "", nil, err
		}
		entries := max(32, min(4_000, 64<<20/size)) // many small ones, so that what the process takes for itself is little of it
		s.parallel = 4                              // else responses of 16 MB are not served within the duration
		before := s.live(ctx)
		if err := s.fill(ctx, 0, entries); err != nil {
			return "", nil, err
		}
		x := strconv.Itoa(size)
		raw.add(s.name, x, "memory of an entry, bytes", 0, max(0, s.live(ctx)-before)/float64(entries))
		for round := range *rounds {
			progress("%s, round %d of %d", x, round+1, *rounds)
			if err := s.sample(ctx, &raw, x, round, path, ""); err != nil {
				return "", nil, err
			}
		}
		if err := l.renew(); err != nil {
			return "", nil, err
		}
	}
	return "## Growth: bodies\n\nOne gateway and 4 connections; memory is that in use after a garbage collection.\n\n" +
		raw.metrics("bytes", cpu, perSecond, "memory of an entry, bytes") + "\n" + raw.growth(gatewayName, cpu), raw, nil
}

// measureConnections opens more and more connections, sends one request on each, and leaves them idle.
func measureConnections(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	s, err := l.largeGateway(ctx, sizes[0])
	if err != nil {
		return "", nil, err
	}
	if _, _, err := s.load(ctx, path, ""); err != nil { // what the process takes for itself under load
		return "", nil, err
	}
	request, before := s.request(path), s.live(ctx)
	var open []*client
	defer func() { hangUp(open) }()
	likeWrk.CloseIdleConnections()
	for _, count := range []int{10, 100, 1_000, 3_000, 9_900} { // the gateway accepts 10,000, those of wrk among them
		progress("%d connections", count)
		others := len(open)
		for len(open) < count { // a few at a time: a connection without a request is closed soon
			more, err := s.dial(ctx, min(connections, count-len(open)))
			open = append(open, more...)
			for _, c := range more {
				err = cmp.Or(err, c.do(request))
			}
			if err != nil {
				return "", nil, err
			}
		}
		x := strconv.Itoa(count)
		now := s.live(ctx)
		raw.add(s.name, x, "memory, bytes", 0, now)
		raw.add(s.name, x, "memory of one more, bytes", 0, max(0, now-before)/float64(count-others))
		before = now
		for round := range *rounds {
			if err := s.sample(ctx, &raw, x, round, path, ""); err != nil {
				return "", nil, err
			}
		}
	}
	return "## Growth: connections\n\nIdle connections, each after one request of 1 KB; CPU is that of hits on 64 others meanwhile.\n" +
		"Memory is that of heap and stacks in use after garbage collections; the buffers of the kernel come on top of it.\n\n" +
		raw.metrics("connections", "memory, bytes", "memory of one more, bytes", cpu) + "\n" +
		raw.growth(s.name, "memory, bytes") + raw.growth(s.name, cpu), raw, nil
}

// measureTrend measures hits on trends of more and more months.
func measureTrend(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	s, err := l.largeGateway(ctx, sizes[1])
	if err != nil {
		return "", nil, err
	}
	for _, months := range []int{2, 3, 6, 12, 24} {
		if err := s.warm(ctx, trendPath(months)); err != nil {
			return "", nil, err
		}
		for round := range *rounds {
			progress("%d months, round %d of %d", months, round+1, *rounds)
			if err := s.sample(ctx, &raw, strconv.Itoa(months), round, trendPath(months), ""); err != nil {
				return "", nil, err
			}
		}
	}
	return "## Growth: months of a trend\n\nWarm trends whose months have 20 KB each. One month is the plain query.\n\n" +
		raw.metrics("months", cpu, perSecond) + "\n" + raw.growth(s.name, cpu), raw, nil
}
