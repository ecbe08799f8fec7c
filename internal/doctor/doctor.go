package doctor

import (
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
	// Record reads the record of purges in Redis, and returns its key and what is wrong with it, or nil.
	Record func(ctx context.Context, r *fleet.Redis) (key string, err error)

	Open        bool   // callers need no token
	KeysURL     string // JSON Web Key Set that verifies callers' tokens; empty: none is configured
	LoginIssuer string // at which people log in on the docs page; empty: there is no login

	Now      func() time.Time
	Progress func(Progress) // called when a check begins
	End      func(Finding)  // called after each check; equal findings of several providers are one
}

// check is one line of the report.
type check struct {
	name    string
	needs   []string      // checks without which this one is skipped
	timeout time.Duration // zero: it does no I/O
	queries bool          // it sends queries to Rocket
	run     func(context.Context) Finding
}

// doctor is the state of one Run.
type doctor struct {
	Options
	reporter  *reporter
	session   upstream.Session
	received  time.Time        // when the login's response arrived
	providers []query.Provider // that the account has access to
}

// Run runs all checks and returns their findings. After ctx is done, it runs no more, and returns what it has found.
func Run(ctx context.Context, o Options) Report {
	d := &doctor{Options: o, reporter: &reporter{progress: o.Progress, end: o.End}}
	s := d.series(d.reporter.say)
	s.runAll(ctx, configuration(o))
	if len(o.Faults) == 0 {
		d.connect(ctx, s)
		others := append(d.redisChecks(), check{name: "issuer's keys", timeout: issuerTimeout, run: d.issuerKeys},
			check{name: "login on the docs page", timeout: issuerTimeout, run: d.loginIssuer})
		d.reporter.plan(len(s.findings) + len(d.providers) + len(others))
		s.findings = append(s.findings, d.examine(ctx)...)
		s.runAll(ctx, others)
	}
	return newReport(s.findings, ctx.Err() != nil)
}

// connect checks the way to Rocket and the account. Without a login, there are no providers to examine.
func (d *doctor) connect(ctx context.Context, s *series) {
	servers := d.servers()
	for _, server := range servers {
		s.runAll(ctx, server.checks())
	}
	s.runAll(ctx, d.accountChecks(servers[len(servers)-1]))
	if s.broken[login] {
		s.runAll(ctx, []check{{name: "queries", needs: []string{login}}, {name: "assumptions", needs: []string{login}}})
	}
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
