package app

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
)

// reloadMetrics describe the settings, which may change while the process runs.
type reloadMetrics struct{ successful, readAt prometheus.Gauge }

func newReloadMetrics(r prometheus.Registerer) reloadMetrics {
	m := reloadMetrics{
		successful: promauto.With(r).NewGauge(prometheus.GaugeOpts{
			Name: "settings_last_reload_successful",
			Help: "1 if the settings in effect are those of the files; 0 if the files have an error, or a change that needs a restart.",
		}),
		readAt: promauto.With(r).NewGauge(prometheus.GaugeOpts{
			Name: "settings_last_reload_success_timestamp_seconds",
			Help: "When the gateway read the settings in effect, as Unix time in seconds.",
		}),
	}
	m.applied(true)
	return m
}

// applied records that the settings in effect have just been read; whole reports whether they are all that the files hold.
func (m reloadMetrics) applied(whole bool) {
	m.successful.Set(0)
	if whole {
		m.successful.Set(1)
	}
	m.readAt.Set(float64(time.Now().UnixMilli()) / 1000)
}

func (m reloadMetrics) failed() { m.successful.Set(0) }

func registerCertificate(r prometheus.Registerer, c *httpserver.Certificate) {
	promauto.With(r).NewGaugeFunc(prometheus.GaugeOpts{
		Name: "certificate_expiry_timestamp_seconds",
		Help: "When the certificate of TLS_CERT_FILE expires, as Unix time in seconds; absent without a certificate.",
	}, func() float64 { return float64(c.NotAfter().Unix()) })
}

// countingVerifier counts callers that the admin listener refuses; the API counts those of its own requests.
type countingVerifier struct {
	*verifier
	server *handlers.Server
}

// Verify returns the caller.
func (v countingVerifier) Verify(ctx context.Context, authorization []string) (*auth.Caller, error) {
	caller, err := v.verifier.Verify(ctx, authorization)
	if err != nil {
		if reason := fault.Of(err).Reason; reason != "" {
			v.server.Refused(reason)
		}
	}
	return caller, err
}
