package app

import (
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
)

func (g *App) meterSettings() {
	g.settings.Store(&telemetry.Settings{Taken: true, Read: time.Now()})
	g.metrics.Settings(func() telemetry.Settings { return *g.settings.Load() })
}

func texts[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}
