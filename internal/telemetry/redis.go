package telemetry

import "time"

// Pool is how the pool of connections to Redis stands, counted since the start.
type Pool struct {
	Hits, Misses, Timeouts, Waits, Stale uint32
	Waited                               time.Duration
	Used, Idle                           uint32
}

// RedisErrors counts, since the start, the commands that brought nothing.
type RedisErrors struct{ Failed, Declined, Spared uint64 }

// RedisState is how the connection to Redis stands.
type RedisState struct {
	Away   func() bool
	Errors func() RedisErrors
	Pool   func() Pool
}

// RedisState registers what is read of it, and the time that commands take.
func (m *Metrics) RedisState(s RedisState) {
	m.redisTime = m.histogram("redis_command_duration_seconds",
		"Time that a command to Redis took in seconds, until its answer, its failure or its deadline.",
		[]float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25}).WithLabelValues()
	m.gauge("redis_away", "1 while Redis is known not to answer, so that it is not asked; else 0.", nil,
		func(tell Tell) { tell(flag(s.Away())) })
	m.count("redis_errors_total",
		"Commands to Redis that brought nothing, by kind: failed (no connection, or no answer in time), declined (Redis would "+
			"not: it is full, read-only or loading), spared (it was known to be away, and not asked).", []string{"kind"}, func(tell Tell) {
			e := s.Errors()
			tell(float64(e.Failed), "failed")
			tell(float64(e.Declined), "declined")
			tell(float64(e.Spared), "spared")
		})
	m.gauge("redis_pool_connections", "Connections to Redis in the pool, by state.", []string{"state"}, func(tell Tell) {
		p := s.Pool()
		tell(float64(p.Used), "used")
		tell(float64(p.Idle), "idle")
	})
	m.pool(s.Pool)
}

// pool registers the pool's own counts.
func (m *Metrics) pool(read func() Pool) {
	for _, c := range []struct {
		name, help string
		value      func(Pool) float64
	}{
		{"hits_total", "Commands that found a free connection in the pool.", func(p Pool) float64 { return float64(p.Hits) }},
		{"misses_total", "Commands that found none, so that one was opened.", func(p Pool) float64 { return float64(p.Misses) }},
		{"waits_total", "Commands that waited for a connection.", func(p Pool) float64 { return float64(p.Waits) }},
		{"wait_seconds_total", "Time that commands have waited for a connection in seconds.", func(p Pool) float64 { return p.Waited.Seconds() }},
		{"timeouts_total", "Commands that waited for a connection in vain.", func(p Pool) float64 { return float64(p.Timeouts) }},
		{"stale_total", "Connections that were found to be dead and left the pool.", func(p Pool) float64 { return float64(p.Stale) }},
	} {
		m.count("redis_pool_"+c.name, c.help, nil, func(tell Tell) { tell(c.value(read())) })
	}
}

// RedisCommand counts a command.
func (m *Metrics) RedisCommand(took time.Duration) { m.redisTime.Observe(took.Seconds()) }
