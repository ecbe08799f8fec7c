package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/version"
)

type serveCommand struct{}

// Run serves until a signal. Faults of the settings stop the start. SIGHUP, or a change of their files, has the settings read again.
func (serveCommand) Run(ctx context.Context, p process) error {
	outliveReaders()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP) // from now on it does not end the process
	memory := p.memory()
	p.adoptContainerMemory()
	a, err := app.New(app.Options{
		Environ: p.environ, Version: version.String(), Memory: memory, Logger: p.logger,
		Traces: func(log *slog.Logger) (*telemetry.Traces, error) {
			return telemetry.NewTraces(context.Background(), os.Getenv, version.String(), log)
		},
	})
	if err != nil {
		return err
	}
	go func() {
		for range hangups {
			a.Reload()
		}
	}()
	defer func() {
		signal.Stop(hangups)
		close(hangups)
	}()
	return a.Run(ctx)
}
