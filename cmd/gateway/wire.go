package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// gateway is everything that one process is made of.
type gateway struct {
	config  *config.Config
	log     *slog.Logger
	metrics *telemetry.Metrics
	traces  *telemetry.Traces // nil without a collector
	redis   *fleet.Redis      // nil without REDIS_URL
	line    *upstream.Line
	roster  atomic.Pointer[roster]
	cache   *cache.Cache
	auth    *verifier // nil with AUTH_MODE=none
	server  *handlers.Server
	api     http.Handler

	certificate *certificate // nil: the API is plain HTTP

	settings atomic.Pointer[telemetry.Settings] // how they stand

	floor []byte // of the heap
}

// wire builds it from the inside out. Nothing is connected yet.
func wire(c *config.Config, log *slog.Logger) (*gateway, error) {
	g := &gateway{config: c, log: log, metrics: telemetry.NewMetrics(buildVersion()), floor: heapFloor(c.CacheMemoryBytes)}
	g.meterSettings()
	for _, build := range []func() error{g.wireTraces, g.wireRedis, g.wireUpstream, g.wireCache, g.wireAuth, g.wireAPI} {
		if err := build(); err != nil {
			return nil, err
		}
	}
	return g, nil
}

func (g *gateway) wireTraces() (err error) {
	g.traces, err = telemetry.NewTraces(context.Background(), os.Getenv, buildVersion(), g.log)
	return err
}

func (g *gateway) wireUpstream() (err error) {
	c := g.config
	g.line, err = upstream.NewLine(upstream.LineOptions{
		MaxConcurrent: c.RocketMaxConcurrent, QueueWait: c.RocketQueueWait, Timeout: c.RocketTimeout, MaxResponseBytes: c.RocketMaxResponseBytes,
		CAFile: c.RocketCAFile, Now: time.Now, Log: g.log, Wrap: g.traces.Transport,
		OnRetry: g.metrics.Retry, OnShed: g.metrics.Shed,
	})
	if err != nil {
		return err
	}
	r, err := g.newRoster(c, nil)
	if err != nil {
		return err
	}
	g.roster.Store(r)
	g.meterRocket()
	return nil
}

func (g *gateway) wireRedis() (err error) {
	if g.config.RedisURL == "" {
		return nil
	}
	if g.redis, err = fleet.Connect(g.config.RedisURL.Reveal(), g.config.RedisKeyPrefix, g.log); err != nil {
		return err
	}
	g.meterRedis()
	return nil
}

func (g *gateway) wireCache() (err error) {
	c := g.config
	g.cache, err = cache.New(cache.Options{
		Origin: origin{g},
		Redis:  g.redis,
		Policy: cache.Policy{
			Location: c.BillingTimezone, Open: c.CacheFreshOpen, Settling: c.CacheFreshSettling, SettleDays: c.CacheSettleDays,
			Closed: c.CacheFreshClosed, Pickers: c.CacheFreshPickers,
			StaleWhileRevalidate: c.CacheStaleWhileRevalidate, StaleIfError: c.CacheStaleIfError,
		},
		MemoryBytes: c.CacheMemoryBytes, MaxEntryBytes: c.CacheMaxEntryBytes, FetchTimeout: c.RocketTimeout,
		RefreshFloor: c.CacheRefreshFloor,
		Now:          time.Now, Log: g.log, Tracer: g.traces.Tracer(),
		OnRestatement: g.restated,
		OnTooLarge:    func(q *query.Query) { g.metrics.PassedThrough(q.Endpoint.Name) },
		OnEvent:       g.countEvent,
	})
	if err == nil {
		g.meterCache()
	}
	return err
}

func (g *gateway) wireAuth() error {
	if g.config.AuthMode == config.AuthModeNone {
		return nil
	}
	var err error
	if g.auth, err = newVerifier(g.config, g.log); err == nil {
		g.meterKeys()
	}
	return err
}

func (g *gateway) wireAPI() (err error) {
	c := g.config
	o := handlers.Options{
		Cache: g.cache, Account: g.account, Location: c.BillingTimezone, ClientMaxAge: c.CacheClientMaxAge,
		Rate:     quota.New(quota.Requests, c.RateLimit, g.redis, time.Now),
		Quota:    quota.New(quota.Upstream, c.UpstreamQuota, g.redis, time.Now),
		BasePath: c.PublicBasePath, Docs: c.Docs, Origins: c.CORSOrigins, HTTPS: c.TLSCertFile != "",
		Now: time.Now, Log: g.log,
		Metrics: g.registerer(),
	}
	g.meterQuotas(o.Rate, o.Quota)
	if g.auth != nil {
		o.Auth = g.auth
	} else {
		o.Auth = handlers.AllowAll{}
	}
	if c.AuditLog {
		o.Audit = telemetry.Always(g.log)
	}
	if g.traces != nil {
		o.Trace = g.traces.Handler
	}
	if c.TLSCertFile != "" {
		if g.certificate, err = newCertificate(c.TLSCertFile, c.TLSKeyFile); err != nil {
			return fmt.Errorf("TLS_CERT_FILE: %w", err)
		}
		g.metrics.Certificate(func() time.Time { return g.certificate.pair.Load().Leaf.NotAfter })
	}
	g.server = handlers.New(o)
	g.api, err = g.server.Handler()
	return err
}
