package fleet

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/redis/go-redis/v9"
)

type metrics struct {
	duration                 prometheus.Histogram
	failed, declined, spared prometheus.Counter
}

func newMetrics(r prometheus.Registerer, client redis.UniversalClient, m *Monitor) *metrics {
	f := promauto.With(r)
	registerPool(f, client)
	f.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "redis_away", Help: "1 while a node of Redis is unavailable, so that it gets no commands; else 0.",
	}, func() float64 {
		addresses, _ := m.unavailable()
		return float64(min(1, len(addresses)))
	})
	errors := f.NewCounterVec(prometheus.CounterOpts{
		Name: "redis_errors_total",
		Help: "Commands to Redis without a result, by kind. failed: no connection, or no reply in time. declined: Redis is full, read-only " +
			"or loading. spared: not sent, since Redis was unavailable.",
	}, []string{"kind"})
	return &metrics{
		duration: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "redis_command_duration_seconds",
			Help:    "Duration of a command to Redis, or of GETs in one pipeline, in seconds, until the reply, a failure or the deadline.",
			Buckets: []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25},

			NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 100, NativeHistogramMinResetDuration: time.Hour,
		}),
		failed: errors.WithLabelValues("failed"), declined: errors.WithLabelValues("declined"), spared: errors.WithLabelValues("spared"),
	}
}

// registerPool registers the state of the pool of connections.
func registerPool(f promauto.Factory, client redis.UniversalClient) {
	connections := func(state string, value func(*redis.PoolStats) uint32) {
		f.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "redis_pool_connections", Help: "Connections to Redis in the pool, by state.",
			ConstLabels: prometheus.Labels{"state": state},
		}, func() float64 { return float64(value(client.PoolStats())) })
	}
	connections("used", func(s *redis.PoolStats) uint32 { return s.TotalConns - min(s.IdleConns, s.TotalConns) })
	connections("idle", func(s *redis.PoolStats) uint32 { return s.IdleConns })
	total := func(name, help string, value func(*redis.PoolStats) uint32) {
		f.NewCounterFunc(prometheus.CounterOpts{Name: "redis_pool_" + name + "_total", Help: help},
			func() float64 { return float64(value(client.PoolStats())) })
	}
	total("hits", "Commands that found a free connection in the pool.", func(s *redis.PoolStats) uint32 { return s.Hits })
	total("misses", "Commands that found no free connection, so that one was opened.", func(s *redis.PoolStats) uint32 { return s.Misses })
	total("waits", "Commands that waited for a connection.", func(s *redis.PoolStats) uint32 { return s.WaitCount })
	total("timeouts", "Commands that timed out while they waited for a connection.", func(s *redis.PoolStats) uint32 { return s.Timeouts })
	total("stale", "Connections that were found to be dead and left the pool.", func(s *redis.PoolStats) uint32 { return s.StaleConns })
	f.NewCounterFunc(prometheus.CounterOpts{
		Name: "redis_pool_wait_seconds_total", Help: "Time that commands have waited for a connection in seconds.",
	}, func() float64 { return time.Duration(client.PoolStats().WaitDurationNs).Seconds() })
}
