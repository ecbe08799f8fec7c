package telemetry

import (
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

const traceDigits = 32 // of a W3C trace id

// observe adds a duration, with the id of its trace as an exemplar, where it has one.
func observe(h prometheus.Observer, took time.Duration, trace string) {
	with, ok := h.(prometheus.ExemplarObserver)
	if !ok || len(trace) != traceDigits || strings.Trim(trace, "0123456789abcdef") != "" {
		h.Observe(took.Seconds())
		return
	}
	with.ObserveWithExemplar(took.Seconds(), prometheus.Labels{"trace_id": trace})
}
