package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
)

type serveCommand struct{}

// Run serves until a signal. Faults of the settings stop the start. SIGHUP, or a change of their files, has the settings read again.
func (serveCommand) Run(ctx context.Context, p process) error {
	outliveReaders()
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	before := look(filesIn(p.environ)) // what changes while it is read is noticed
	c, err := load(p.environ)
	if err != nil {
		return err
	}
	level := &slog.LevelVar{}
	level.Set(c.LogLevel)
	log := logger(p, c, level)
	for _, w := range slices.Concat(c.Warnings, c.MemoryWarnings(p.memory())) {
		log.Warn(w)
	}
	p.adoptContainerMemory()
	g, err := wire(c, log)
	if err != nil {
		return err
	}
	open, err := listen(c.ListenAddr, c.AdminAddr)
	if err != nil {
		return err
	}
	reloads := &reloader{gateway: g, environ: p.environ, level: level, taken: c, known: look(c.Files).asOf(before)}
	return g.run(ctx, open, func(life context.Context) { reloads.watch(life, hangup) })
}
