package main

import (
	"log/slog"
	"slices"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// logger writes to standard error in the format of LOG_FORMAT. Where nobody has chosen one, a terminal gets text.
func logger(p process, c *config.Config, level slog.Leveler) *slog.Logger {
	unchosen := slices.ContainsFunc(c.Origins, func(o config.Origin) bool { return o.Name == "LOG_FORMAT" && o.Source == config.FromDefault })
	if c.LogFormat == config.FormatText || unchosen && terminal(p.stderr) {
		return readable(p, level)
	}
	return telemetry.NewLogger(p.stderr, level, telemetry.JSON)
}

// readable writes for people.
func readable(p process, level slog.Leveler) *slog.Logger {
	if coloured(p, p.stderr) {
		return telemetry.NewLogger(p.stderr, level, telemetry.Coloured)
	}
	return telemetry.NewLogger(p.stderr, level, telemetry.Text)
}
