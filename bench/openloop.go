package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// utilization is the part of a server's capacity that the open loop asks for.
const utilization = 0.7

// openLoop sends requests at random instants (Poisson), whether the ones before have been served or not, for the duration. A latency
// begins at the instant at which its request was due.
func (s *server) openLoop(ctx context.Context, path string, perSecond float64) (latencies []time.Duration, err error) {
	clients, err := s.dial(ctx, connections)
	if err != nil {
		return nil, err
	}
	defer hangUp(clients)
	request, each := s.request(path), make([][]time.Duration, connections)
	group, _ := errgroup.WithContext(ctx)
	end := time.Now().Add(*duration)
	for i, c := range clients {
		group.Go(func() error {
			random := rand.New(rand.NewPCG(uint64(i), 1)) //nolint:gosec // the same instants for all servers
			for due := time.Now(); ; {
				due = due.Add(time.Duration(random.ExpFloat64() * connections / perSecond * float64(time.Second)))
				if due.After(end) {
					return nil
				}
				time.Sleep(time.Until(due))
				if err := c.do(request); err != nil {
					return err
				}
				each[i] = append(each[i], time.Since(due))
			}
		})
	}
	err = group.Wait()
	latencies = slices.Concat(each...)
	slices.Sort(latencies)
	return latencies, err
}

func percentile(sorted []time.Duration, part float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return float64(sorted[int(part*float64(len(sorted)-1))].Microseconds())
}

// measureOpenLoop measures latencies at a part of each server's capacity, which a closed loop finds just before.
func measureOpenLoop(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	o, err := l.origin(sizes[0], 0)
	if err != nil {
		return "", nil, err
	}
	servers, err := l.startAll(ctx, o, everyone...)
	if err != nil {
		return "", nil, err
	}
	x := kilobytes(sizes[0])
	for round := range *rounds {
		for _, s := range servers {
			progress("open loop, round %d of %d: %s", round+1, *rounds, s.name)
			capacity, _, err := s.load(ctx, path, "")
			if err != nil {
				return "", nil, err
			}
			latencies, err := s.openLoop(ctx, path, utilization*capacity)
			if err != nil {
				return "", nil, fmt.Errorf("%s: %w", s.name, err)
			}
			raw.add(s.name, x, "capacity", round, capacity)
			raw.add(s.name, x, "reached", round, float64(len(latencies))/duration.Seconds()/capacity)
			raw.add(s.name, x, "p50 µs", round, percentile(latencies, 0.5))
			raw.add(s.name, x, "p99 µs", round, percentile(latencies, 0.99))
			raw.add(s.name, x, "p99.9 µs", round, percentile(latencies, 0.999))
		}
	}
	return reportOpenLoop(raw, x), raw, nil
}

func reportOpenLoop(raw samples, x string) string {
	text := fmt.Sprintf("## Latency at %.0f %% of capacity\n\n"+
		"Hits of %s in an open loop: requests are due at random instants, and a latency begins\n"+
		"when its request was due. Capacity is that of the closed loop a moment before; *load* is the part of it that was sent.\n\n"+
		"| server | capacity | load | p50 | p99 | p99.9 | p99, relative |\n| --- | --- | --- | --- | --- | --- | --- |\n", 100*utilization, x)
	for _, s := range raw.names(seriesOf) {
		text += fmt.Sprintf("| %s | %.0f/s | %.0f %% | %.0f µs | %.0f µs | %.0f µs | %s |\n", s, raw.middle(s, x, "capacity"),
			100*raw.middle(s, x, "reached"), raw.middle(s, x, "p50 µs"), raw.middle(s, x, "p99 µs"), raw.middle(s, x, "p99.9 µs"),
			raw.relative("p99 µs")(s, x))
	}
	return text
}
