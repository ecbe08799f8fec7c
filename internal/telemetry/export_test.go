package telemetry

// MaxSeries bounds the outcomes that are remembered.
const MaxSeries = maxSeries

// Remembered is how many are.
func (m *Metrics) Remembered() int { return len(*m.series.known.Load()) }
