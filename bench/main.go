package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"time"
)

var (
	rounds   = flag.Int("rounds", 5, "measurements of each server, in turn")
	duration = flag.Duration("duration", 2*time.Second, "of one measurement, in whole seconds")
	gateway  = flag.String("gateway", "bin/gateway", "the binary to measure")
	results  = flag.String("results", "bench/results", "the directory for tables and raw samples")
)

// section is a part of the results that can be measured alone. It returns its tables and its samples.
type section struct {
	name    string
	measure func(context.Context, *lab) (tables string, raw samples, err error)
}

var sections = []section{
	{"hits", measureHits}, {"redis", measureRedisHits}, {"open", measureOpenLoop}, {"mix", measureMix}, {"cold", measureCold},
	{"entries", measureEntries}, {"replicas", measureReplicas}, {"bodies", measureBodies}, {"connections", measureConnections},
	{"trend", measureTrend},
	{"report", nil}, // nothing: RESULTS.md alone
}

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, names []string) error {
	if *duration < time.Second || *rounds < 1 {
		return errors.New("-duration must be 1s or more, and -rounds 1 or more")
	}
	for _, name := range names {
		if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
			return errors.New("there is no section " + name)
		}
	}
	for _, s := range sections {
		if s.measure == nil || len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		if err := s.run(ctx); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return assemble(*results)
}

func (s section) run(ctx context.Context) error {
	began := time.Now()
	l, err := newLab()
	if err != nil {
		return err
	}
	defer l.close()
	tables, raw, err := s.measure(ctx, l)
	if err != nil {
		return err
	}
	progress("%s: %s\n", s.name, time.Since(began).Round(time.Second))
	return raw.save(*results, s.name, tables)
}

// progress replaces the line on the terminal.
func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, "\r\033[K"+format, args...) }
