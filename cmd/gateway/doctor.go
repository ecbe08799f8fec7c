package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/doctor"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

type doctorCommand struct {
	JSON bool `short:"j" help:"One JSON document at the end instead of a line for each check. -json is the same."`
}

// Run looks at everything that serve would lean on, with the same settings. Where a check fails, that is the exit status.
func (c doctorCommand) Run(ctx context.Context, p process) error {
	o, stop, err := lookAt(p.environ)
	if err != nil {
		return err
	}
	defer stop()
	text := doctor.Text{W: p.stdout, Terminal: coloured(p)}
	o.Begin, o.End = text.Begin, text.End
	if c.JSON {
		o.Begin, o.End = func(string) {}, func(doctor.Finding) {}
	}
	started := time.Now()
	report := doctor.Run(ctx, o)
	if c.JSON {
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
func lookAt(environ []string) (o doctor.Options, stop func(), err error) {
	o = doctor.Options{Now: time.Now, Resolver: net.DefaultResolver, Keys: doctor.IssuerKeys}
	c, err := config.Load(environ)
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
	o.Rocket, o.Location = g.client, c.BillingTimezone
	o.Redis, o.SharedTokens = g.redis, len(c.TokenEncryptionKeys) > 0
	o.Open = c.AuthMode == config.AuthModeNone
	return o, func() {
		g.client.Close()
		g.line.Close()
		if g.redis != nil {
			_ = g.redis.Close()
		}
	}, nil
}

// coloured says whether there is a terminal that takes colours (no-color.org).
func coloured(p process) bool {
	plain := func(line string) bool {
		value, named := strings.CutPrefix(line, "NO_COLOR=")
		return line == "TERM=dumb" || named && value != ""
	}
	return terminal(p.stdout) && !slices.ContainsFunc(p.environ, plain)
}
