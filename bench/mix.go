package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sync/errgroup"
)

const (
	spread     = 2_000  // queries that do not fit into the memory tier of the Redis section
	population = 10_000 // queries of the mix
	sequence   = 50_000 // requests until a script begins anew
)

func spreadPath(n int) string {
	return fmt.Sprintf("/v1/azure/usages?period=2025-01&customer_id=c-%d&cost=customers&view=customers&invoice_type=1", n)
}

// script writes a script for wrk that requests the query of each number in turn.
func (l *lab) script(numbers func() int) (string, error) {
	urls, script := filepath.Join(l.dir, "urls"), filepath.Join(l.dir, "urls.lua")
	f, err := os.Create(urls) //nolint:gosec // our own directory
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	for range sequence {
		fmt.Fprintln(w, spreadPath(numbers()))
	}
	text := fmt.Sprintf(`local requests, n = {}, 0
function init(args)
  for line in io.lines(%q) do requests[#requests + 1] = wrk.format("GET", line) end
end
function request()
  n = n %% #requests + 1
  return requests[n]
end
`, urls)
	return script, errors.Join(w.Flush(), f.Close(), os.WriteFile(script, []byte(text), 0o600))
}

// fill requests the first queries, so that a cache with room has them.
func (s *server) fill(ctx context.Context, from, to int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for n := from; n < to; n++ {
		group.Go(func() error { _, err := get(ctx, s.base+spreadPath(n), s.header); return err })
	}
	return group.Wait()
}

// measureRedisHits compares hits from Redis, since memory has room for two entries, with a handler that gets each body from Redis.
func measureRedisHits(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	for _, size := range sizes[:2] {
		redis, err := l.redis(ctx)
		if err != nil {
			return "", nil, err
		}
		o, err := l.origin(size, 0)
		if err != nil {
			return "", nil, err
		}
		servers, err := l.startAll(ctx, o, bare(bareName, func(b *bareSettings, _ []*server) { b.Redis = redis }),
			guarded("REDIS_URL=redis://"+redis, "CACHE_MEMORY_BYTES=49152", "CACHE_MAX_ENTRY_BYTES=49152"))
		if err != nil {
			return "", nil, err
		}
		next := 0
		script, err := l.script(func() int { next = (next + 1) % spread; return next })
		if err != nil {
			return "", nil, err
		}
		if err := l.mix(ctx, servers, o, spread, script, kilobytes(size), &raw); err != nil {
			return "", nil, err
		}
	}
	return fmt.Sprintf("## Hits from Redis\n\n"+
		"%d queries in turn, and a memory tier with room for two. The bare handler sends one GET\n"+
		"of the same body by go-redis for each request; it verifies nothing and decodes nothing.\n\n", spread) +
		raw.table("CPU", raw.relative(cpu)) +
		"\nThe bare handler in absolute terms:\n\n" + raw.bareTable(), raw, nil
}

// mix fills all servers, then sends each the script in turn.
func (l *lab) mix(ctx context.Context, servers []*server, o *origin, queries int, script, x string, raw *samples) error {
	for _, s := range servers {
		progress("filling %s", s.name)
		if err := s.fill(ctx, 0, queries); err != nil {
			return err
		}
	}
	for round := range *rounds {
		for _, s := range servers {
			progress("%s, round %d of %d: %s", x, round+1, *rounds, s.name)
			before := o.queries.Load()
			if err := s.sample(ctx, raw, x, round, "/", script); err != nil {
				return err
			}
			requests := raw.of(s.name, x, perSecond)[round] * duration.Seconds()
			raw.add(s.name, x, "origin", round, float64(o.queries.Load()-before)/requests)
			raw.add(s.name, x, "resident", round, s.resident("VmRSS"))
		}
	}
	return nil
}

const smallTier = 32 // MiB: a seventh of the bodies of the mix

// measureMix measures Zipf's mix over more queries than memory has room for.
func measureMix(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	redis, err := l.redis(ctx)
	if err != nil {
		return "", nil, err
	}
	o, err := l.origin(sizes[1], 0)
	if err != nil {
		return "", nil, err
	}
	memory := []string{"CACHE_MEMORY_BYTES=" + strconv.Itoa(smallTier<<20)}
	servers, err := l.startAll(ctx, o, bare(bareName, unchanged), guarded(append(memory, "REDIS_URL=redis://"+redis)...),
		nginx, nginxChecking, varnish(strconv.Itoa(smallTier)+"m"))
	if err != nil {
		return "", nil, err
	}
	zipf := rand.NewZipf(rand.New(rand.NewPCG(1, 2)), 1.1, 1, population-1) //nolint:gosec // the same mix every time
	script, err := l.script(func() int { return int(zipf.Uint64()) })       //nolint:gosec // below population
	if err != nil {
		return "", nil, err
	}
	if err := l.mix(ctx, servers, o, population, script, "20 KB", &raw); err != nil {
		return "", nil, err
	}
	return reportMix(raw), raw, nil
}

func reportMix(raw samples) string {
	text := fmt.Sprintf("## A mix that is larger than memory\n\n"+
		"%d queries of 20 KB, requested by Zipf's law (s = 1.1), with a memory tier of\n"+
		"%d MiB and the rest where each server has it: the gateway in Redis, nginx in files (here in the page cache), Varnish nowhere.\n"+
		"The bare handler has one body.\n\n"+
		"| server | CPU | requests/s | requests to the origin, of 1000 | resident |\n| --- | --- | --- | --- | --- |\n", population, smallTier)
	for _, s := range raw.names(seriesOf) {
		text += fmt.Sprintf("| %s | %s | %s | %.1f | %.0f MB |\n", s, raw.relative(cpu)(s, "20 KB"), raw.relative(perSecond)(s, "20 KB"),
			1000*raw.middle(s, "20 KB", "origin"), raw.middle(s, "20 KB", "resident")/1e6)
	}
	return text
}
