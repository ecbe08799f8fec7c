package main

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

type doctorCommand struct {
	Account string `help:"Which service account asks, where there are several. Default: the first."`
	JSON    bool   `short:"j" help:"One JSON document at the end instead of a line for each check. -json is the same."`
}

// Run looks at everything that serve would lean on, with the same settings. Where a check fails, that is the exit status.
func (d doctorCommand) Run(ctx context.Context, p process) error {
	o, stop, err := d.lookAt(p.environ)
	if err != nil {
		return err
	}
	defer stop()
	text := doctor.Text{W: p.stdout, Terminal: coloured(p, p.stdout)}
	o.Begin, o.End = text.Begin, text.End
	if d.JSON {
		o.Begin, o.End = func(string) {}, func(doctor.Finding) {}
	}
	started := time.Now()
	report := doctor.Run(ctx, o)
	if d.JSON {
		err = report.Write(p.stdout)
	} else {
		text.Sum(report, time.Since(started))
	}
	if err == nil && (report.Outcome == doctor.Failed || ctx.Err() != nil) {
		err = errTold
	}
	return err
}

// lookAt is what there is to look at, by the settings. Rocket's client is wired without Redis: its login is this process's own.
func (d doctorCommand) lookAt(environ []string) (o doctor.Options, stop func(), err error) {
	o = doctor.Options{Now: time.Now, Resolver: net.DefaultResolver, Keys: doctor.IssuerKeys}
	c, err := load(environ)
	var faults config.Faults
	if errors.As(err, &faults) {
		o.Faults = faults
		return o, func() {}, nil
	}
	if err != nil {
		return o, nil, err
	}
	g := &gateway{config: c, log: slog.New(slog.DiscardHandler), metrics: telemetry.NewMetrics(buildVersion())}
	if err := errors.Join(g.wireUpstream(), g.wireRedis()); err != nil {
		return o, nil, err
	}
	o.Warnings, o.Settings = c.Warnings, len(c.Origins)
	if o.Rocket = g.pool.Client(cmp.Or(d.Account, c.Accounts.List[0].Name)); o.Rocket == nil {
		return o, nil, errors.New("--account: there is no account of that name: use " + strings.Join(g.pool.Names(), ", "))
	}
	o.Location, o.KeysURL = c.BillingTimezone, c.AuthJWKSURL
	o.Redis, o.SharedTokens = g.redis, len(c.TokenEncryptionKeys) > 0
	o.Open = c.AuthMode == config.AuthModeNone
	return o, func() {
		g.pool.Close()
		g.line.Close()
		if g.redis != nil {
			_ = g.redis.Close()
		}
	}, nil
}
