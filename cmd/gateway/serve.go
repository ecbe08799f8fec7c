package main

import (
	"context"

)

type serveCommand struct{}

// Run serves until a signal. Faults of the settings stop the start.
func (serveCommand) Run(ctx context.Context, p process) error {
	c, err := load(p.environ)
	if err != nil {
		return err
	}
	log := logger(p, c, c.LogLevel)
	for _, w := range c.Warnings {
		log.Warn(w)
	}
	g, err := wire(c, log)
	if err != nil {
		return err
	}
	open, err := listen(c.ListenAddr, c.AdminAddr)
	if err != nil {
		return err
	}
	return g.run(ctx, open)
}
