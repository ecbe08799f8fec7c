package main

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// sizes of bodies, which look like a list of usages.
var sizes = []int{1 << 10, 20 << 10, 1 << 20}

// never is when tokens of servers that run for the whole section expire.
var never = time.Now().Add(24 * time.Hour)

// everyone are all servers. The one with the gateway's headers follows the gateway.
var everyone = []starter{
	bare(bareName, unchanged),
	bare("bare chi, 5 middlewares", func(b *bareSettings, _ []*server) { b.Chi = true }),
	open, guarded(),
	bare("bare, the gateway's headers", sameHeaders),
	nginx, nginxChecking, varnish("256m"),
}

// variant is a way to request a body.
type variant struct {
	name   string // of the column
	path   string
	header func(s *server) []string
	ours   bool // only the gateway has it; the others are measured with the plain query
}

func identity(*server) []string { return nil }

func compressed(*server) []string { return []string{"Accept-Encoding: gzip"} }

func conditional(s *server) []string { return []string{"If-None-Match: " + s.sends.Get("ETag")} }

// variantsOf returns what is measured with a size.
func variantsOf(size int) []variant {
	all := []variant{{name: kilobytes(size), path: path, header: identity}}
	switch size {
	case 1 << 10:
		all = append(all, variant{name: "304", path: path, header: conditional})
	case 20 << 10:
		all = append(all, variant{name: "20 KB gzip", path: path, header: compressed},
			variant{name: "20 KB, sorted page", path: path + "&sort=-actual&limit=20", header: identity, ours: true},
			variant{name: "12 × 20 KB, trend", path: trendPath(12), header: identity, ours: true})
	}
	return all
}

func trendPath(months int) string {
	return fmt.Sprintf("/v1/azure/trend?until=2025-01&months=%d&customer_id=c-1&cost=customers&view=customers", months)
}

// measureHits measures warm hits of all servers.
func measureHits(ctx context.Context, l *lab) (string, samples, error) {
	var raw samples
	for _, size := range sizes {
		if err := measureSize(ctx, l, size, &raw); err != nil {
			return "", nil, err
		}
		if err := l.renew(); err != nil {
			return "", nil, err
		}
	}
	return reportHits(raw), raw, nil
}

func measureSize(ctx context.Context, l *lab, size int, raw *samples) error {
	o, err := l.origin(size, 0)
	if err != nil {
		return err
	}
	servers, err := l.startAll(ctx, o, everyone...)
	if err != nil {
		return err
	}
	for _, v := range variantsOf(size) {
		if err := v.measure(ctx, servers, raw); err != nil {
			return err
		}
	}
	return nil
}

// pathFor returns what a server is requested, or "" if it is not measured.
func (v variant) pathFor(s *server) string {
	switch {
	case !v.ours, strings.HasPrefix(s.name, "gateway"):
		return v.path
	case s.name == bareName:
		return path
	default:
		return ""
	}
}

// measure measures all servers in turn.
func (v variant) measure(ctx context.Context, servers []*server, raw *samples) error {
	for round := range *rounds {
		for _, s := range servers {
			target := v.pathFor(s)
			if target == "" {
				continue
			}
			progress("%s, round %d of %d: %s", v.name, round+1, *rounds, s.name)
			if round == 0 {
				if err := s.warm(ctx, target); err != nil {
					return err
				}
			}
			if err := s.sample(ctx, raw, v.name, round, target, "", v.header(s)...); err != nil {
				return err
			}
		}
	}
	return nil
}

// sample adds one measurement of a server.
func (s *server) sample(ctx context.Context, raw *samples, x string, round int, path, script string, header ...string) error {
	requests, micros, err := s.load(ctx, path, script, header...)
	if err == nil {
		raw.add(s.name, x, perSecond, round, requests)
		raw.add(s.name, x, cpu, round, micros)
	}
	return err
}
