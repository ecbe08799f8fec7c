package cli

import (
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

// logger writes to standard error in the format of LOG_FORMAT. By default, a terminal gets text.
func (p process) logger(c *config.Config, level slog.Leveler) *slog.Logger {
	byDefault := slices.ContainsFunc(c.Origins, func(o config.Origin) bool { return o.Name == "LOG_FORMAT" && o.Source == config.FromDefault })
	if c.LogFormat == config.FormatText || byDefault && isTerminal(p.stderr) {
		return p.textLogger(level)
	}
	return telemetry.NewLogger(p.stderr, level, telemetry.JSON)
}

func (p process) textLogger(level slog.Leveler) *slog.Logger {
	if p.colours(p.stderr) {
		return telemetry.NewLogger(p.stderr, level, telemetry.Coloured)
	}
	return telemetry.NewLogger(p.stderr, level, telemetry.Text)
}

// colours reports whether w is a terminal that shows colours (no-color.org).
func (p process) colours(w io.Writer) bool {
	plain := func(line string) bool {
		value, named := strings.CutPrefix(line, "NO_COLOR=")
		return line == "TERM=dumb" || named && value != ""
	}
	return isTerminal(w) && !slices.ContainsFunc(p.environ, plain)
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
