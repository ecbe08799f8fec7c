package telemetry

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// NewRegistry returns a registry with the metrics of Go and of the process, and the registerer for the gateway's own: it adds the prefix
// of their names. Labels hold routes, statuses, names of accounts from the settings, and fixed words: never an id, a path, a query, a
// tenant or a host.
func NewRegistry(version string) (*prometheus.Registry, prometheus.Registerer) {
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	own := prometheus.WrapRegistererWithPrefix("rocket_gateway_", registry)
	own.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "build_info", Help: "Always 1, with the version of the gateway as a label.", ConstLabels: prometheus.Labels{"version": version},
	}, func() float64 { return 1 }))
	return registry, own
}
