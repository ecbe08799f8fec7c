package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"
)

var (
	rounds   = flag.Int("rounds", 5, "measurements of each server, in turn")
	duration = flag.Duration("duration", 3*time.Second, "of one measurement")
	gateway  = flag.String("gateway", "bin/gateway", "the binary to measure")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// sizes of bodies, which look like a list of usages.
var sizes = []int{1 << 10, 20 << 10, 1 << 20}

func run(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // nginx works as another user
		return err
	}
	tables := map[int]map[string]result{}
	var names []string
	for _, size := range sizes {
		names, tables[size], err = measure(ctx, dir, size)
		if err != nil {
			return err
		}
	}
	report(os.Stdout, names, tables)
	return nil
}

// measure measures all servers in turn with a body of a size and returns the medians of each.
func measure(ctx context.Context, dir string, size int) (names []string, medians map[string]result, err error) {
	servers, stop, err := startAll(ctx, dir, size)
	defer stop()
	if err != nil {
		return nil, nil, err
	}
	all := map[string][]result{}
	for round := range *rounds {
		for _, s := range servers {
			fmt.Fprintf(os.Stderr, "\r\033[K%d bytes, round %d of %d: %s", size, round+1, *rounds, s.name)
			r, err := s.load(ctx)
			if err != nil {
				return nil, nil, fmt.Errorf("%s: %w", s.name, err)
			}
			all[s.name] = append(all[s.name], r)
		}
	}
	fmt.Fprint(os.Stderr, "\r\033[K")
	medians = map[string]result{}
	for _, s := range servers {
		names = append(names, s.name)
		medians[s.name] = median(all[s.name])
	}
	return names, medians, nil
}

func median(all []result) (r result) {
	pick := func(of func(result) float64) float64 {
		var values []float64
		for _, one := range all {
			values = append(values, of(one))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	r.perSecond = pick(func(r result) float64 { return r.perSecond })
	r.cpu = pick(func(r result) float64 { return r.cpu })
	return r
}
