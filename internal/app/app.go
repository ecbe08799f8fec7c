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
	"github.com/rocket-gateway/rocket-gateway/internal/oidc"
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
	Now    func() time.Time                                          // the clock of periods and freshness; nil: time.Now
}

// App is one gateway.
type App struct {
	config   *config.Config
	log      *slog.Logger
	now      func() time.Time
	version  string
	registry *prometheus.Registry
	metrics  prometheus.Registerer // with the prefix of the gateway's metrics
	traces   *telemetry.Traces     // nil without a collector
	redis    *fleet.Redis          // nil without REDIS_URL
	rocket   *upstream.Transport
	pool     *upstream.Pool
	cache    *cache.Cache
	auth     *verifier       // nil with AUTH_MODE=none
	login    *oidc.Discovery // nil: the docs page has no login
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
	a := &App{
		config: c, log: o.Logger(c, level), now: o.Now, version: o.Version, heapBallast: heapBallast(c.CacheMemoryBytes),
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.registry, a.metrics = telemetry.NewRegistry(o.Version)
	for _, w := range slices.Concat(c.Warnings, c.MemoryWarnings(o.Memory)) {
		a.log.Warn(w)
	}
	a.reloader = &reloader{
		App: a, metrics: newReloadMetrics(a.metrics), environ: o.Environ, level: level,
		applied: c, known: stat(c.Files).asOf(before), requested: make(chan struct{}, 1),
	}
	if err := a.build(o); err != nil {
		a.Close()
		return nil, err
	}
	return a, nil
}

func (a *App) build(o Options) (err error) {
	if o.Traces != nil {
		if a.traces, err = o.Traces(a.log); err != nil {
			return err
		}
	}
	for _, wire := range []func() error{a.wireRedis, a.wireUpstream, a.wireCache, a.wireAuth, a.wireAPI} {
		if err := wire(); err != nil {
			return err
		}
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	a.apiListener, a.adminListener, err = listen(a.config, o.Listen)
	return err
}

// Addr returns the address of the API.
func (a *App) Addr() net.Addr { return a.apiListener.Addr() }

// AdminAddr returns the address of the admin listener.
func (a *App) AdminAddr() net.Addr { return a.adminListener.Addr() }

func (a *App) wireUpstream() (err error) {
	c := a.config
	a.rocket, err = upstream.NewTransport(upstream.TransportOptions{
		MaxConcurrent: c.RocketMaxConcurrent, QueueWait: c.RocketQueueWait, Timeout: c.RocketTimeout, MaxResponseBytes: c.RocketMaxResponseBytes,
		CAFile: c.RocketCAFile, Now: a.now, Log: a.log, Wrap: a.traces.Transport,
		Metrics: a.metrics,
	})
	if err != nil {
		return err
	}
	a.pool, err = upstream.NewPool(upstream.Options{Transport: a.rocket, Fleet: a.redis}, accounts(c))
	if err == nil {
		a.metrics.MustRegister(upstream.NewCollector(a.pool.Clients))
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

func (a *App) wireRedis() (err error) {
	if a.config.RedisURL == "" {
		return nil
	}
	a.redis, err = fleet.Connect(fleet.Options{
		URL: a.config.RedisURL.Reveal(), KeyPrefix: a.config.RedisKeyPrefix, Log: a.log, Metrics: a.metrics,
	})
	return err
}

func (a *App) wireCache() (err error) {
	c := a.config
	a.cache, err = cache.New(cache.Options{
		Origin: a.pool,
		Redis:  a.redis,
		Policy: cache.Policy{
			Location: c.BillingTimezone, Open: c.CacheFreshOpen, Settling: c.CacheFreshSettling, SettleDays: c.CacheSettleDays,
			Closed: c.CacheFreshClosed, Pickers: c.CacheFreshPickers,
			StaleWhileRevalidate: c.CacheStaleWhileRevalidate, StaleIfError: c.CacheStaleIfError,
		},
		MemoryBytes: c.CacheMemoryBytes, MaxEntryBytes: c.CacheMaxEntryBytes, FetchTimeout: c.RocketTimeout,
		RefreshFloor: c.CacheRefreshFloor, AccountName: a.pool.Name, Outage: a.pool.Outage,
		Now: a.now, Log: a.log, Tracer: a.traces.Tracer(), Metrics: a.metrics,
	})
	return err
}

func (a *App) wireAuth() error {
	if a.config.AuthMode == config.AuthModeNone {
		return nil
	}
	var err error
	a.auth, err = newVerifier(a.config, a.log, a.metrics)
	return err
}

func (a *App) wireAPI() (err error) {
	c := a.config
	limiter := func(name string, limit rate.Limit) *ratelimit.Limiter {
		return ratelimit.New(ratelimit.Options{Name: name, Limit: limit, Redis: a.redis, Now: a.now, Metrics: a.metrics})
	}
	requests := telemetry.Held(a.log)
	o := handlers.Options{
		Cache: a.cache, Account: a.pool.Pick, Currency: a.pool.Currency, Location: c.BillingTimezone, ClientMaxAge: c.CacheClientMaxAge,
		FetchTimeout: c.RocketTimeout, MaxBytes: c.RocketMaxResponseBytes, MaxConcurrent: c.RocketMaxConcurrent,
		Rate:     limiter(ratelimit.Requests, c.RateLimit),
		Quota:    limiter(ratelimit.Upstream, c.UpstreamQuota),
		BasePath: c.PublicBasePath, Docs: c.Docs, Origins: c.CORSOrigins, HTTPS: c.TLSCertFile != "",
		Now: a.now, Log: a.log, Access: requests,
		Metrics: a.metrics,
	}
	if a.auth != nil {
		o.Auth = a.auth
	} else {
		o.Auth = handlers.AllowAll{}
	}
	o.Issuer = c.AuthIssuer
	a.login, o.Login = startLogin(c, a.log)
	if c.AuditLog {
		o.Audit = telemetry.Always(requests)
	}
	if a.traces != nil {
		o.Trace = a.traces.Handler
	}
	if c.TLSCertFile != "" {
		if a.certificate, err = httpserver.LoadCertificate(c.TLSCertFile, c.TLSKeyFile); err != nil {
			return fmt.Errorf("TLS_CERT_FILE: %w", err)
		}
		registerCertificate(a.metrics, a.certificate)
	}
	a.server = handlers.New(o)
	a.api, err = a.server.Handler()
	return err
}
