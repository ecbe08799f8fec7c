package doctor

import (
	"cmp"
	"context"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Options are what is looked at.
type Options struct {
	Faults   []string // what is wrong with the settings; where anything is, nothing else is looked at
	Warnings []string // what an operator should know of them
	Settings int      // how many there are

	Rocket   *upstream.Client // of its own, so that a login is one
	Resolver Resolver
	Location *time.Location // where a month begins

	Redis        *fleet.Redis // nil where there is none
	SharedTokens bool         // whether replicas share Rocket's tokens there

	Open    bool   // everybody may ask everything
	KeysURL string // of the keys that callers' tokens are signed with; empty where there is none
	Keys    func(ctx context.Context, url string) (usable int, err error)

	Now   func() time.Time
	Begin func(name string) // told of each check before it runs
	End   func(Finding)     // and after
}

// check is one line of the report.
type check struct {
	name   string
	needs  string        // the check without which this one is pointless
	within time.Duration // zero: it only judges what is there already
	run    func(context.Context) result
}

// doctor is one run.
type doctor struct {
	Options
	report Report
	broken map[string]bool // the checks that have failed, or were skipped for one that has

	received  time.Time        // when the login was answered
	session   upstream.Session // what it told
	providers []query.Provider // what the account reaches
	denied    []query.Provider // those of them that Rocket refuses all the same
	silent    int              // questions in a row without any answer
}

// Run makes all checks. Where ctx ends, the rest are skipped.
func Run(ctx context.Context, o Options) Report {
	d := &doctor{Options: o, broken: map[string]bool{}, report: Report{Outcome: OK}}
	d.all(ctx, d.configuration())
	if len(o.Faults) > 0 {
		return d.report
	}
	d.all(ctx, d.reaching())
	d.all(ctx, d.loggingIn())
	if d.broken[login] {
		d.all(ctx, []check{{name: "questions", needs: login}, {name: "assumptions", needs: login}})
	}
	for _, p := range d.providers {
		d.at(ctx, p)
	}
	d.all(ctx, d.redis())
	d.all(ctx, d.issuer())
	return d.report
}

func (d *doctor) all(ctx context.Context, checks []check) {
	for _, c := range checks {
		d.one(ctx, c)
	}
}

// one makes a check, unless it is pointless, and reports it.
func (d *doctor) one(ctx context.Context, c check) {
	d.Begin(c.name)
	started := d.Now()
	var r result
	switch {
	case ctx.Err() != nil:
		r = skip("interrupted")
	case d.broken[c.needs]:
		d.broken[c.name] = true
		r = skip("needs %s", c.needs)
	default:
		limited, cancel := context.WithTimeout(ctx, cmp.Or(c.within, time.Second))
		r = c.run(limited)
		cancel()
		d.broken[c.name] = r.outcome == Failed
	}
	f := Finding{c.name, r.outcome, plain(r.detail), plain(r.advice), d.Now().Sub(started).Milliseconds()}
	d.report.add(f)
	d.End(f)
}
