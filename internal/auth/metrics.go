package auth

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// registerMetrics registers the one metric, which is read when it is scraped.
func registerMetrics(r prometheus.Registerer, keys *store) {
	promauto.With(r).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "jwks_read_timestamp_seconds",
		Help: "When the issuer's keys were last read, as Unix time in seconds; 0 before the first time.",
	}, func() float64 {
		read := keys.progress().read
		if read.IsZero() {
			return 0
		}
		return float64(read.UnixMilli()) / 1000
	})
}
