package doctor

import (
	"cmp"
	"context"
	"net/netip"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Options is what Run checks.
type Options struct {
	Faults   []string // of the settings; with any of them, nothing else is checked
	Warnings []string // about the settings
	Settings int      // number of settings

	Rocket      *upstream.Client // not shared with a gateway, so that its login is a new one
	LookupNetIP func(ctx context.Context, network, host string) ([]netip.Addr, error)
	Location    *time.Location // time zone in which a month begins

	Redis        *fleet.Redis // nil: none is configured
	SharedTokens bool         // replicas share Rocket's tokens in Redis

	Open    bool   // callers need no token
	KeysURL string // JSON Web Key Set that verifies callers' tokens; empty: none is configured

	Now   func() time.Time
	Begin func(name string) // called before each check
	End   func(Finding)     // called after each check
}

// check is one line of the report.
type check struct {
	name    string
	needs   string        // check without which this one is skipped
	timeout time.Duration // zero: it does no I/O
	queries bool          // it sends queries to Rocket
	run     func(context.Context) Finding
}

// doctor is the state of one Run.
type doctor struct {
	Options
	report Report
	broken map[string]bool // checks that have failed, or were skipped for one that has

	session   upstream.Session
	received  time.Time        // when the login's response arrived
	providers []query.Provider // that the account has access to
	denied    []query.Provider // those of them that Rocket refuses all the same
	silent    int              // queries in a row without a response
}

// Run runs all checks and returns their findings. After ctx is done, it skips the remaining checks.
func Run(ctx context.Context, o Options) Report {
	d := &doctor{Options: o, broken: map[string]bool{}, report: Report{Outcome: OK}}
	d.runAll(ctx, configuration(o))
	if len(o.Faults) > 0 {
		return d.report
	}
	servers := d.servers()
	for _, s := range servers {
		d.runAll(ctx, s.checks())
	}
	d.runAll(ctx, d.accountChecks(servers[len(servers)-1]))
	if d.broken[login] {
		d.runAll(ctx, []check{{name: "queries", needs: login}, {name: "assumptions", needs: login}})
	}
	for _, p := range d.providers {
		d.examine(ctx, p)
	}
	d.runAll(ctx, d.redisChecks())
	d.run(ctx, check{name: "issuer's keys", timeout: issuerTimeout, run: d.issuerKeys})
	return d.report
}

func (d *doctor) runAll(ctx context.Context, checks []check) {
	for _, c := range checks {
		d.run(ctx, c)
	}
}

// run runs a check, unless it has to be skipped, and reports its finding.
func (d *doctor) run(ctx context.Context, c check) {
	d.Begin(c.name)
	started := d.Now()
	var f Finding
	switch {
	case ctx.Err() != nil:
		f = skip("interrupted")
	case c.queries && d.silent >= maxSilent:
		f = skip("Rocket has stopped responding")
	case d.broken[c.needs]:
		d.broken[c.name] = true
		f = skip("needs %s", c.needs)
	default:
		limited, cancel := context.WithTimeout(ctx, cmp.Or(c.timeout, time.Second))
		f = c.run(limited)
		cancel()
		d.broken[c.name] = d.broken[c.name] || f.Outcome == Failed
	}
	f.Name, f.Detail, f.Advice, f.Took = c.name, plain(f.Detail), plain(f.Advice), d.Now().Sub(started).Milliseconds()
	d.report.Checks = append(d.report.Checks, f)
	if f.Outcome == Failed || f.Outcome == Warning && d.report.Outcome == OK {
		d.report.Outcome = f.Outcome
	}
	d.End(f)
}

// configuration returns a check for each fault, or one for all settings and one for each warning.
func configuration(o Options) (checks []check) {
	add := func(f Finding) {
		checks = append(checks, check{name: "configuration", run: func(context.Context) Finding { return f }})
	}
	for _, line := range o.Faults {
		name, _, _ := strings.Cut(line, ":")
		add(fail("correct "+name+" and run doctor again", "%s", line))
	}
	if len(o.Faults) == 0 {
		add(pass("%d settings; `gateway config` shows them", o.Settings))
		for _, line := range o.Warnings {
			name, _, _ := strings.Cut(line, " ")
			add(warn("correct or unset "+name+", unless it is intended", "%s", line))
		}
	}
	return checks
}
