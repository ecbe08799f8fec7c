package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"
)

// series runs checks one after another. It belongs to one goroutine.
type series struct {
	*doctor
	report   func(Finding)
	findings []Finding
	broken   map[string]bool // checks that have failed, or were skipped for one that has
	silent   int             // queries in a row without a response
}

func (d *doctor) series(report func(Finding)) *series {
	return &series{doctor: d, report: report, broken: map[string]bool{}}
}

func (s *series) runAll(ctx context.Context, checks []check) {
	for _, c := range checks {
		s.run(ctx, c)
	}
}

// run runs a check and reports its finding. After ctx is done, it does nothing.
func (s *series) run(ctx context.Context, c check) {
	if ctx.Err() == nil {
		s.add(s.examine(ctx, c))
	}
}

// add reports a finding.
func (s *series) add(f Finding) {
	s.findings = append(s.findings, f)
	s.report(f)
}

// examine runs a check, unless it has to be skipped, and returns its finding.
func (s *series) examine(ctx context.Context, c check) Finding {
	s.reporter.begin(c.name)
	defer s.reporter.done(c.name)
	started := s.Now()
	f := s.find(ctx, c)
	if ctx.Err() != nil && f.Outcome != OK {
		f = skip("interrupted")
	}
	f.Name, f.Detail, f.Advice, f.Took = c.name, plain(f.Detail), plain(f.Advice), s.Now().Sub(started).Milliseconds()
	return f
}

func (s *series) find(ctx context.Context, c check) Finding {
	missing := slices.IndexFunc(c.needs, func(name string) bool { return s.broken[name] })
	switch {
	case c.queries && s.silent >= maxSilent:
		return skip("Rocket has stopped responding")
	case missing >= 0:
		s.broken[c.name] = true
		provider, _, _ := strings.Cut(c.name, ": ")
		return skip("needs %s", strings.TrimPrefix(c.needs[missing], provider+": "))
	}
	limited, cancel := context.WithTimeout(ctx, cmp.Or(c.timeout, time.Second))
	defer cancel()
	f := c.run(limited)
	s.broken[c.name] = s.broken[c.name] || f.Outcome == Failed
	return f
}
