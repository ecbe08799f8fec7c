package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/quota"
	"github.com/rocket-gateway/rocket-gateway/internal/telemetry"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
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
	clients upstream.Clients
	cache   *cache.Cache
	auth    *auth.Verifier // nil with AUTH_MODE=none
	server  *handlers.Server
	api     http.Handler

	certificate *certificate // nil: the API is plain HTTP

	identities map[string]string // of the accounts, by name

	floor []byte // of the heap
}

// wire builds it from the inside out. Nothing is connected yet.
func wire(c *config.Config, log *slog.Logger) (*gateway, error) {
	g := &gateway{config: c, log: log, metrics: telemetry.NewMetrics(buildVersion()), floor: heapFloor(c.CacheMemoryBytes)}
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
		MaxConcurrent: c.RocketMaxConcurrent, QueueWait: c.RocketQueueWait, MaxResponseBytes: c.RocketMaxResponseBytes,
		CAFile: c.RocketCAFile, Now: time.Now, Log: g.log, Wrap: g.traces.Transport,
		OnRetry: g.metrics.Retry, OnShed: g.metrics.Shed,
	})
	if err != nil {
		return err
	}
	seal, err := g.seal()
	if err != nil {
		return err
	}
	g.clients, g.identities = upstream.Clients{}, map[string]string{}
	for _, a := range c.Accounts.Accounts {
		client := upstream.New(upstream.Options{
			Account: upstream.Account{Name: a.Name, Base: a.URL, OAuth: a.OAuthURL, Username: a.Username, Password: a.Password},
			Line:    g.line, Timeout: c.RocketTimeout, Fleet: g.redis, Seal: seal,
			Observe: g.countCall, OnLogin: g.loginCounter(a.Name),
		})
		g.clients[client.Identity()] = client
		g.identities[a.Name] = client.Identity()
	}
	g.meterRocket()
	return nil
}

// account gives the identity of the account that asks a question, where one may. claim gives the values of a caller's claim.
func (g *gateway) account(q *query.Query, claim func(name string) []string) (identity string, ok bool) {
	name, ok := g.config.Accounts.Pick(q, claim)
	return g.identities[name], ok
}

// seal is nil without keys: tokens then stay out of Redis.
func (g *gateway) seal() (*upstream.Seal, error) {
	var keys [][]byte
	for _, k := range g.config.TokenEncryptionKeys {
		keys = append(keys, []byte(k.Reveal()))
	}
	if len(keys) == 0 {
		return nil, nil
	}
	seal, err := upstream.NewSeal(keys...)
	if err != nil {
		return nil, fmt.Errorf("TOKEN_ENCRYPTION_KEYS: %w", err)
	}
	return seal, nil
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
		Origin: g.clients,
		Redis:  g.redis,
		Policy: cache.Policy{
			Location: c.BillingTimezone, Open: c.CacheFreshOpen, Settling: c.CacheFreshSettling, SettleDays: c.CacheSettleDays,
			Closed: c.CacheFreshClosed, Pickers: c.CacheFreshPickers,
			StaleWhileRevalidate: c.CacheStaleWhileRevalidate, StaleIfError: c.CacheStaleIfError,
		},
		MemoryBytes: c.CacheMemoryBytes, MaxEntryBytes: c.CacheMaxEntryBytes, FetchTimeout: c.RocketTimeout,
		RefreshFloor: c.CacheRefreshFloor,
		Now:          time.Now, Log: g.log, Tracer: g.traces.Tracer(),
		OnRestatement: func(q *query.Query) { g.metrics.Restatement(string(q.Provider)) },
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
	o, err := verifierOptions(g.config, g.log)
	if err != nil {
		return err
	}
	o.ReadProfiles = func(claim json.RawMessage) any { return tenancy.Parse(claim) }
	if g.auth, err = auth.New(o); err == nil {
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
		BasePath: c.PublicBasePath, Docs: c.Docs, Origins: c.CORSOrigins, HTTPS: c.TLSCertFile != "", Audit: c.AuditLog,
		Now: time.Now, Log: g.log,
		Observe: g.countRequest,
	}
	g.meterCallers(o.Rate, o.Quota)
	if g.auth != nil {
		o.Auth = g.auth
	}
	if g.traces != nil {
		o.Trace = g.traces.Handler
	}
	if c.TLSCertFile != "" {
		if g.certificate, err = newCertificate(c.TLSCertFile, c.TLSKeyFile, g.log); err != nil {
			return fmt.Errorf("TLS_CERT_FILE: %w", err)
		}
	}
	g.server = handlers.New(o)
	g.api, err = g.server.Handler()
	return err
}
