package auth

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// metrics are those of keys that an issuer publishes.
type metrics struct{ read prometheus.Gauge }

func newMetrics(r prometheus.Registerer) *metrics {
	return &metrics{read: promauto.With(r).NewGauge(prometheus.GaugeOpts{
		Name: "jwks_read_timestamp_seconds",
		Help: "When the issuer's keys were last read, as Unix time in seconds; 0 until then.",
	})}
}
