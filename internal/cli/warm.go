package cli

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

type warmCommand struct {
	File        string   `xor:"trend,months" type:"existingfile" help:"YAML list of paths, as in '- /v1/azure/overview?period=previous'."`
	Trend       bool     `xor:"trend" help:"Send one trend query per provider, which fetches the usages of its months."`
	Months      *int     `xor:"months" help:"Months of --trend (default: 12). Alone: usages of every customer in these and the current month."`
	Provider    []string `enum:"azure,aws,gcp" default:"azure,aws,gcp" help:"Providers for --trend and --months."`
	URL         string   `default:"http://127.0.0.1:8080" help:"The gateway."`
	Token       string   `env:"GATEWAY_TOKEN" help:"A token for the queries, if the gateway requires tokens."`
	Concurrency int      `default:"4" help:"Queries in flight."`
}

const (
	minTrendMonths     = 2 // of the API's trend
	maxWarmMonths      = 24
	maxWarmConcurrency = 64
	warmTimeout        = 2 * time.Minute // of one query
)

// Validate requires one source of queries.
func (c warmCommand) Validate() error {
	if c.File == "" && !c.Trend && c.Months == nil {
		return errors.New("one of --file, --trend or --months is required")
	}
	return nil
}

var errInterrupted = errors.New("interrupted; run it again to continue: what was fetched is cached")

// Run sends queries to a running gateway, so that later callers find them cached. It reports what it did also if a signal ends it.
func (c warmCommand) Run(ctx context.Context, p process) error {
	if err := c.check(); err != nil {
		return err
	}
	w := &warmer{client: client{base: strings.TrimRight(c.URL, "/"), setting: "--url", token: c.Token, Client: http.Client{
		Timeout: warmTimeout, Transport: &http.Transport{MaxIdleConnsPerHost: c.Concurrency},
	}}}
	defer w.CloseIdleConnections()
	if isTerminal(p.stderr) {
		w.terminal = p.stderr
	}
	started := time.Now()
	paths, err := c.paths(ctx, w)
	if err == nil {
		w.queryAll(ctx, paths, c.Concurrency)
	} else if ctx.Err() == nil {
		return err
	}
	fmt.Fprintln(p.stdout, w.summary(time.Since(started)))
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case w.first != nil:
		return fmt.Errorf("the first failure: %w", w.first)
	default:
		return nil
	}
}

func (c warmCommand) check() error {
	least := 1
	if c.Trend {
		least = minTrendMonths
	}
	if c.Months != nil && (*c.Months < least || *c.Months > maxWarmMonths) {
		return fmt.Errorf("--months must be from %d to %d", least, maxWarmMonths)
	}
	if c.Concurrency < 1 || c.Concurrency > maxWarmConcurrency {
		return fmt.Errorf("--concurrency must be from 1 to %d", maxWarmConcurrency)
	}
	return nil
}
