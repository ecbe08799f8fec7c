package app

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/httpserver"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	"github.com/rocket-gateway/rocket-gateway/internal/ratelimit"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// Options are what an App is built from.
type Options struct {
	Environ []string      // the settings, as in os.Environ
	Version string        // of the gateway
	Memory  config.Memory // the process's limits

	Logger func(c *config.Config, level slog.Leveler) *slog.Logger   // makes the log; level follows LOG_LEVEL
	Traces func(log *slog.Logger) (*telemetry.Traces, error)         // nil: there are none
	Listen func(network, address string) (l net.Listener, err error) // nil: net.Listen
}

// App is one gateway.
type App struct {
	config   *config.Config
	log      *slog.Logger
	version  string
	registry *prometheus.Registry
	metrics  prometheus.Registerer // with the prefix of the gateway's metrics
	traces   *telemetry.Traces     // nil without a collector
	redis    *fleet.Redis          // nil without REDIS_URL
	rocket   *upstream.Transport
	pool     *upstream.Pool
	cache    *cache.Cache
	auth     *verifier // nil with AUTH_MODE=none
	server   *handlers.Server
	api      http.Handler

	apiListener, adminListener net.Listener

	certificate *httpserver.Certificate // nil: the API is plain HTTP

	reloader *reloader

	heapBallast []byte
	closing     sync.Once
}

// New reads the settings, builds the gateway from the inside out and opens its listeners. Nothing else is connected yet. The error
// has one line for each fault.
func New(o Options) (_ *App, err error) {
	before := stat(filesIn(o.Environ)) // so that a change while they are read is noticed
	c, err := Load(o.Environ)
	if err != nil {
		return nil, err
	}
	level := &slog.LevelVar{}
	level.Set(c.LogLevel)
	g := &App{
		config: c, log: o.Logger(c, level), version: o.Version, heapBallast: heapBallast(c.CacheMemoryBytes),
	}
	g.registry, g.metrics = telemetry.NewRegistry(o.Version)
	for _, w := range slices.Concat(c.Warnings, c.MemoryWarnings(o.Memory)) {
		g.log.Warn(w)
	}
	g.reloader = &reloader{
		App: g, metrics: newReloadMetrics(g.metrics), environ: o.Environ, level: level, applied: c, known: stat(c.Files).asOf(before),
		requested: make(chan struct{}, 1),
	}
	if err := g.build(o); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

func (g *App) build(o Options) (err error) {
	if o.Traces != nil {
		if g.traces, err = o.Traces(g.log); err != nil {
			return err
		}
	}
	for _, wire := range []func() error{g.wireRedis, g.wireUpstream, g.wireCache, g.wireAuth, g.wireAPI} {
		if err := wire(); err != nil {
			return err
		}
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	return g.listen(o.Listen)
}

// Addr returns the address of the API.
func (g *App) Addr() net.Addr { return g.apiListener.Addr() }

// AdminAddr returns the address of the admin listener.
func (g *App) AdminAddr() net.Addr { return g.adminListener.Addr() }

func (g *App) wireUpstream() (err error) {
	c := g.config
	g.rocket, err = upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: c.RocketMaxConcurrent, QueueWait: c.RocketQueueWait, Timeout: c.RocketTimeout, MaxResponseBytes: c.RocketMaxResponseBytes,
		CAFile: c.RocketCAFile, Now: time.Now, Log: g.log, Wrap: g.traces.Transport,
		Metrics: g.metrics,
	})
	if err != nil {
		return err
	}
	g.pool, err = upstream.NewPool(upstream.Options{Transport: g.rocket, Fleet: g.redis}, accounts(c))
	if err == nil {
		g.metrics.MustRegister(upstream.NewCollector(g.pool.Clients))
	}
	return err
}

// accounts returns the service accounts and rules of the settings.
func accounts(c *config.Config) upstream.Accounts {
	a := upstream.Accounts{Default: c.Accounts.Default, Keys: c.TokenEncryptionKeys}
	for _, account := range c.Accounts.List {
		a.List = append(a.List, upstream.Account(account))
	}
	for _, rule := range c.Accounts.Rules {
		a.Rules = append(a.Rules, upstream.Rule(rule))
	}
	return a
}

func (g *App) wireRedis() (err error) {
	if g.config.RedisURL == "" {
		return nil
	}
	g.redis, err = fleet.Connect(fleet.Options{
		URL: g.config.RedisURL.Reveal(), KeyPrefix: g.config.RedisKeyPrefix, Log: g.log, Metrics: g.metrics,
	})
	return err
}

func (g *App) wireCache() (err error) {
	c := g.config
	g.cache, err = cache.New(cache.Options{
		Origin: g.pool,
		Redis:  g.redis,
		Policy: cache.Policy{
			Location: c.BillingTimezone, Open: c.CacheFreshOpen, Settling: c.CacheFreshSettling, SettleDays: c.CacheSettleDays,
			Closed: c.CacheFreshClosed, Pickers: c.CacheFreshPickers,
			StaleWhileRevalidate: c.CacheStaleWhileRevalidate, StaleIfError: c.CacheStaleIfError,
		},
		MemoryBytes: c.CacheMemoryBytes, MaxEntryBytes: c.CacheMaxEntryBytes, FetchTimeout: c.RocketTimeout,
		RefreshFloor: c.CacheRefreshFloor, AccountName: g.pool.Name,
		Now: time.Now, Log: g.log, Tracer: g.traces.Tracer(), Metrics: g.metrics,
	})
	return err
}

func (g *App) wireAuth() error {
	if g.config.AuthMode == config.AuthModeNone {
		return nil
	}
	var err error
	g.auth, err = newVerifier(g.config, g.log, g.metrics)
	return err
}

func (g *App) limiter(name string, limit rate.Limit) *ratelimit.Limiter {
	return ratelimit.New(ratelimit.Options{Name: name, Limit: limit, Redis: g.redis, Now: time.Now, Metrics: g.metrics})
}

func (g *App) wireAPI() (err error) {
	c := g.config
	o := handlers.Options{
		Cache: g.cache, Account: g.pool.Pick, Location: c.BillingTimezone, ClientMaxAge: c.CacheClientMaxAge,
		Rate:     g.limiter(ratelimit.Requests, c.RateLimit),
		Quota:    g.limiter(ratelimit.Upstream, c.UpstreamQuota),
		BasePath: c.PublicBasePath, Docs: c.Docs, Origins: c.CORSOrigins, HTTPS: c.TLSCertFile != "",
		Now: time.Now, Log: g.log,
		Metrics: g.metrics,
	}
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
		if g.certificate, err = httpserver.LoadCertificate(c.TLSCertFile, c.TLSKeyFile); err != nil {
			return fmt.Errorf("TLS_CERT_FILE: %w", err)
		}
		registerCertificate(g.metrics, g.certificate)
	}
	g.server = handlers.New(o)
	g.api, err = g.server.Handler()
	return err
}
