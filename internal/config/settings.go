package config

import (
	"net/url"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/baseurl"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// setting is one variable of the environment.
type setting struct {
	name     string
	fallback string // the default, as one would write it
	shown    string // the default as the README says it, where that differs
	meaning  string
	secret   bool // may come as NAME_FILE, is masked
	filed    bool // may come as NAME_FILE, is no secret
	read     func(c *Config, value string) error
}

// settings are all that the gateway acts on, in the order in which people look for them.
var settings = []setting{
	{name: "LISTEN_ADDR", fallback: ":8080", meaning: "address of the API",
		read: address(func(c *Config) *string { return &c.ListenAddr })},
	{name: "ADMIN_ADDR", fallback: "127.0.0.1:9090", meaning: "address of `/livez`, `/readyz`, `/metrics`, `/debug/pprof/` and `/cache/purge`",
		read: address(func(c *Config) *string { return &c.AdminAddr })},
	{name: "ADMIN_PPROF", fallback: "false", meaning: "`true` serves `/debug/pprof/` of `ADMIN_ADDR` to other machines than this one too",
		read: truth(func(c *Config) *bool { return &c.AdminPprof })},
	{name: "PUBLIC_BASE_PATH", meaning: "prefix under which an ingress shows the gateway (links, docs, problem types)",
		read: basePath(func(c *Config) *string { return &c.PublicBasePath })},
	{name: "TLS_CERT_FILE", meaning: "PEM certificate chain; with `TLS_KEY_FILE` the API is HTTPS",
		read: file(func(c *Config) *string { return &c.TLSCertFile })},
	{name: "TLS_KEY_FILE", meaning: "its PEM key",
		read: file(func(c *Config) *string { return &c.TLSKeyFile })},
	{name: "DOCS", fallback: "on", meaning: "`on` serves Swagger UI and the contract, `off` hides both",
		read: toggle(func(c *Config) *bool { return &c.Docs })},

	{name: "CORS_ORIGINS", shown: "none",
		meaning: "whose pages may read answers, comma separated: `https://app.example.com` or `https://*.example.com`",
		read:    origins},
	{name: "AUDIT_LOG", fallback: "on", meaning: "`on` logs who asked what, where there are tokens; purges are logged in any case",
		read: toggle(func(c *Config) *bool { return &c.AuditLog })},

	{name: "ROCKET_URL", fallback: "https://analytics.rocket.enube.me/rocketsvc", meaning: "base of Rocket's `/api/v4`",
		read: base(func(c *Config) **url.URL { return &c.RocketURL }, baseurl.Rocket)},
	{name: "ROCKET_USERNAME", shown: "required, unless an accounts file is given", meaning: "service account",
		read: text(func(c *Config) *string { return &c.RocketUsername })},
	{name: "ROCKET_PASSWORD", shown: "required with it", meaning: "its password", secret: true,
		read: secret(func(c *Config) *Secret { return &c.RocketPassword })},
	{name: "ROCKET_AUTH", fallback: RocketLogin, meaning: "`login`, or `oauth_v1`, which the vendor has deprecated",
		read: oneOf(func(c *Config) *string { return &c.RocketAuth }, RocketLogin, RocketOAuth)},
	{name: "ROCKET_OAUTH_URL", meaning: "base of `/oauth2/token`; required with `oauth_v1`",
		read: base(func(c *Config) **url.URL { return &c.RocketOAuthURL }, baseurl.OAuth)},
	{name: "ROCKET_ACCOUNTS_FILE",
		meaning: "YAML: more service accounts, and which questions each asks ([docs/accounts.md](docs/accounts.md))",
		read:    text(func(c *Config) *string { return &c.RocketAccountsFile })},
	{name: "ROCKET_TIMEOUT", fallback: "30s", meaning: "a caller's whole wait for Rocket, queue and login included",
		read: duration(func(c *Config) *time.Duration { return &c.RocketTimeout }, time.Millisecond)},
	{name: "ROCKET_MAX_CONCURRENT", fallback: "32", meaning: "questions in flight to Rocket, per replica",
		read: count(func(c *Config) *int { return &c.RocketMaxConcurrent }, 1)},
	{name: "ROCKET_QUEUE_WAIT", fallback: "5s", meaning: "how long a question waits for a place among them",
		read: duration(func(c *Config) *time.Duration { return &c.RocketQueueWait }, 0)},
	{name: "ROCKET_MAX_RESPONSE_BYTES", fallback: "33554432", meaning: "largest answer that is read",
		read: bytes(func(c *Config) *int64 { return &c.RocketMaxResponseBytes }, 1<<30)},
	{name: "ROCKET_CA_FILE", meaning: "PEM file of more trusted roots",
		read: caFile},

	{name: "REDIS_URL", secret: true,
		meaning: "`redis://h:p/db`, `redis+cluster://h:p,h:p` or `redis+sentinel://h:p,h:p/master`; empty: memory alone",
		read:    redisURL},
	{name: "REDIS_KEY_PREFIX", fallback: "rgw:", meaning: "in front of every key",
		read: keyPrefix},

	{name: "TOKEN_ENCRYPTION_KEYS", secret: true,
		meaning: "base64 keys of 32 bytes, comma separated, newest first: replicas share Rocket's tokens in Redis, sealed with the first",
		read:    sealKeys},

	{name: "AUTH_MODE", fallback: AuthModeJWT,
		meaning: "`jwt` wants a token of every caller; `none`, set by name, lets every caller ask everything",
		read:    oneOf(func(c *Config) *string { return &c.AuthMode }, AuthModeJWT, AuthModeNone)},
	{name: "AUTH_HS256_SECRET", secret: true,
		meaning: "32 bytes or more that are shared with the issuer of tokens; `jwt` requires this or one of the next two",
		read:    hs256Secret},
	{name: "AUTH_JWKS_URL", meaning: "where the issuer publishes its keys, as a JSON Web Key Set", read: jwksURL},
	{name: "AUTH_PUBLIC_KEY_FILE", meaning: "PEM file with the issuer's public key or certificate",
		read: file(func(c *Config) *string { return &c.AuthPublicKeyFile })},
	{name: "AUTH_ALGORITHMS", shown: "all that fit the keys",
		meaning: "allowed signatures, comma separated: `HS256`, `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`", read: algorithms},
	{name: "AUTH_ISSUER", meaning: "tokens must have this `iss`; empty: any",
		read: text(func(c *Config) *string { return &c.AuthIssuer })},
	{name: "AUTH_AUDIENCE", meaning: "tokens must have this among their `aud`; empty: any",
		read: text(func(c *Config) *string { return &c.AuthAudience })},
	{name: "AUTH_LEEWAY", fallback: "30s", meaning: "by how much the issuer's clock may be wrong",
		read: duration(func(c *Config) *time.Duration { return &c.AuthLeeway }, 0)},
	{name: "AUTH_PROFILES_CLAIM", fallback: "profiles", meaning: "the claim that says what a caller may see",
		read: text(func(c *Config) *string { return &c.AuthProfilesClaim })},

	{name: "BILLING_TIMEZONE", fallback: "UTC", meaning: "where a month begins", read: timezone},
	{name: "CACHE_FRESH_OPEN", fallback: "5m", meaning: "freshness while the month that holds the period's end has not ended",
		read: duration(func(c *Config) *time.Duration { return &c.CacheFreshOpen }, 0)},
	{name: "CACHE_SETTLE_DAYS", fallback: "10", meaning: "for so many days after its end a month may still be restated",
		read: count(func(c *Config) *int { return &c.CacheSettleDays }, 0)},
	{name: "CACHE_FRESH_SETTLING", fallback: "1h", meaning: "freshness during those days",
		read: duration(func(c *Config) *time.Duration { return &c.CacheFreshSettling }, 0)},
	{name: "CACHE_FRESH_CLOSED", fallback: "24h", meaning: "freshness after them",
		read: duration(func(c *Config) *time.Duration { return &c.CacheFreshClosed }, 0)},
	{name: "CACHE_FRESH_PICKERS", fallback: "15m", meaning: "freshness of customers, subscriptions and resellers",
		read: duration(func(c *Config) *time.Duration { return &c.CacheFreshPickers }, 0)},
	{name: "CACHE_CLIENT_MAX_AGE", fallback: "1m", meaning: "how long clients may keep an answer by themselves",
		read: duration(func(c *Config) *time.Duration { return &c.CacheClientMaxAge }, 0)},
	{name: "CACHE_REFRESH_FLOOR", fallback: "30s", meaning: "a caller's `no-cache` does not refetch what is younger",
		read: duration(func(c *Config) *time.Duration { return &c.CacheRefreshFloor }, 0)},
	{name: "CACHE_STALE_WHILE_REVALIDATE", fallback: "10m",
		meaning: "how long a stale answer is given at once, while it is refreshed (RFC 5861)",
		read:    duration(func(c *Config) *time.Duration { return &c.CacheStaleWhileRevalidate }, 0)},
	{name: "CACHE_STALE_IF_ERROR", fallback: "72h", meaning: "how long a stale answer stands in while Rocket fails (RFC 5861)",
		read: duration(func(c *Config) *time.Duration { return &c.CacheStaleIfError }, 0)},
	{name: "CACHE_MEMORY_BYTES", fallback: "268435456", meaning: "bound of the in-process tier",
		read: bytes(func(c *Config) *int64 { return &c.CacheMemoryBytes }, 1<<40)},
	{name: "CACHE_MAX_ENTRY_BYTES", fallback: "8388608", meaning: "larger answers pass through and are not kept",
		read: bytes(func(c *Config) *int64 { return &c.CacheMaxEntryBytes }, 1<<30)},

	{name: "RATE_LIMIT", fallback: rate.Off, meaning: "requests per caller over all replicas, as in `600/1m`",
		read: limit(func(c *Config) *rate.Limit { return &c.RateLimit })},
	{name: "UPSTREAM_QUOTA", fallback: rate.Off, meaning: "the same for requests that reach Rocket; answers from the cache are free",
		read: limit(func(c *Config) *rate.Limit { return &c.UpstreamQuota })},

	{name: "SHUTDOWN_DELAY", fallback: "5s", meaning: "after SIGTERM: how long the port stays open for load balancers to look away",
		read: duration(func(c *Config) *time.Duration { return &c.ShutdownDelay }, 0)},
	{name: "SHUTDOWN_TIMEOUT", fallback: "25s", meaning: "then: how long requests in flight may take to end",
		read: duration(func(c *Config) *time.Duration { return &c.ShutdownTimeout }, 0)},
	{name: "LOG_LEVEL", fallback: "info", filed: true,
		meaning: "`debug`, `info`, `warn` or `error`; in a file (`LOG_LEVEL_FILE`) it can be changed at run time", read: logLevel},
	{name: "LOG_FORMAT", fallback: FormatJSON, shown: "`json`; `text` on a terminal", meaning: "`json` or `text`",
		read: oneOf(func(c *Config) *string { return &c.LogFormat }, FormatJSON, FormatText)},
}
