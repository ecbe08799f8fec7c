package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// setting is one variable of the environment.
type setting struct {
	name     string
	fallback string // the default, as an operator would write it
	shown    string // the default in the README, if that differs
	meaning  string
	secret   bool // may be in a file that NAME_FILE names; is masked
	inFile   bool // may be in such a file, is no secret
	set      func(value string) error
}

// settings returns all settings in the README's order; set parses a value into the Config, and is not called with an empty one.
func (c *Config) settings() []setting {
	return slices.Concat(c.serving(), c.rocket(), c.redis(), c.auth(), c.caching(), c.running())
}

func (c *Config) serving() []setting {
	return []setting{
		{name: "LISTEN_ADDR", fallback: ":8080", meaning: "address of the API", set: into(&c.ListenAddr, address)},
		{name: "ADMIN_ADDR", fallback: "127.0.0.1:9090", meaning: "address of `/livez`, `/readyz`, `/metrics`, `/debug/pprof/` and `/cache/purge`",
			set: into(&c.AdminAddr, address)},
		{name: "ADMIN_PPROF", fallback: "false", meaning: "`true` serves `/debug/pprof/` of `ADMIN_ADDR` to other machines than this one too",
			set: into(&c.AdminPprof, either("true", "false"))},
		{name: "PUBLIC_BASE_PATH", meaning: "path prefix of the gateway behind an ingress (links, docs, problem types)",
			set: into(&c.PublicBasePath, basePath)},
		{name: "TLS_CERT_FILE", meaning: "PEM certificate chain; with `TLS_KEY_FILE` the API is HTTPS", set: c.readable(&c.TLSCertFile)},
		{name: "TLS_KEY_FILE", meaning: "its PEM key", set: c.readable(&c.TLSKeyFile)},
		{name: "DOCS", fallback: "on", meaning: "`on` serves Swagger UI and the contract, `off` hides both", set: into(&c.Docs, either("on", "off"))},
		{name: "CORS_ORIGINS", shown: "none",
			meaning: "origins whose pages may read responses, comma separated: `https://app.example.com` or `https://*.example.com`",
			set:     into(&c.CORSOrigins, origins)},
		{name: "AUDIT_LOG", fallback: "on", meaning: "`on` logs the queries of callers with tokens; purges are logged in any case",
			set: into(&c.AuditLog, either("on", "off"))},
	}
}

func (c *Config) rocket() []setting {
	return []setting{
		{name: "ROCKET_URL", fallback: "https://analytics.rocket.enube.me/rocketsvc", meaning: "base of Rocket's `/api/v4`",
			set: into(&c.RocketURL, rocketURL)},
		{name: "ROCKET_USERNAME", shown: "required, unless an accounts file is given", meaning: "service account", set: into(&c.RocketUsername, text)},
		{name: "ROCKET_PASSWORD", shown: "required with it", meaning: "its password", secret: true, set: into(&c.RocketPassword, text)},
		{name: "ROCKET_AUTH", fallback: RocketLogin, meaning: "`login`, or `oauth_v1`, which the vendor has deprecated",
			set: into(&c.RocketAuth, oneOf(RocketLogin, RocketOAuth))},
		{name: "ROCKET_OAUTH_URL", meaning: "base of `/oauth2/token`; required with `oauth_v1`", set: into(&c.RocketOAuthURL, oauthURL)},
		{name: "ROCKET_ACCOUNTS_FILE", meaning: "YAML: more service accounts, and the queries of each ([docs/accounts.md](docs/accounts.md))",
			set: into(&c.RocketAccountsFile, text)},
		{name: "ROCKET_TIMEOUT", fallback: "30s", meaning: "a caller's whole wait for Rocket, queue and login included",
			set: into(&c.RocketTimeout, duration(time.Millisecond))},
		{name: "ROCKET_MAX_CONCURRENT", fallback: "32", meaning: "concurrent requests to Rocket, per replica", set: into(&c.RocketMaxConcurrent, count(1))},
		{name: "ROCKET_QUEUE_WAIT", fallback: "5s", meaning: "how long a request waits in the queue for one of these slots",
			set: into(&c.RocketQueueWait, duration(0))},
		{name: "ROCKET_MAX_RESPONSE_BYTES", fallback: "33554432", meaning: "largest response body that is accepted",
			set: into(&c.RocketMaxResponseBytes, byteCount(1<<30))},
		{name: "ROCKET_CA_FILE", meaning: "PEM file of more trusted roots", set: into(&c.RocketCAFile, caFile)},
	}
}

func (c *Config) redis() []setting {
	return []setting{
		{name: "REDIS_URL", secret: true,
			meaning: "`redis://h:p/db`, `redis+cluster://h:p,h:p` or `redis+sentinel://h:p,h:p/master`; empty: memory alone",
			set:     into(&c.RedisURL, redisURL)},
		{name: "REDIS_KEY_PREFIX", fallback: "rgw:", meaning: "prefix of every key", set: into(&c.RedisKeyPrefix, keyPrefix)},
		{name: "TOKEN_ENCRYPTION_KEYS", secret: true,
			meaning: "base64 keys of 32 bytes, comma separated, newest first: replicas share Rocket's tokens in Redis, sealed with the first",
			set:     into(&c.TokenEncryptionKeys, encryptionKeys)},
	}
}

func (c *Config) auth() []setting {
	return []setting{
		{name: "AUTH_MODE", fallback: AuthModeJWT, meaning: "`jwt` requires a token of every caller; `none`, if set, gives every caller full access",
			set: into(&c.AuthMode, oneOf(AuthModeJWT, AuthModeNone))},
		{name: "AUTH_HS256_SECRET", secret: true,
			meaning: "32 bytes or more that are shared with the issuer of tokens; `jwt` requires this or one of the next two",
			set:     into(&c.AuthHS256Secret, hs256Secret)},
		{name: "AUTH_JWKS_URL", meaning: "URL of the issuer's keys, a JSON Web Key Set", set: into(&c.AuthJWKSURL, jwksURL)},
		{name: "AUTH_PUBLIC_KEY_FILE", meaning: "PEM file with the issuer's public key or certificate", set: c.readable(&c.AuthPublicKeyFile)},
		{name: "AUTH_ALGORITHMS", shown: "all that fit the keys",
			meaning: "allowed signatures, comma separated: `HS256`, `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`",
			set:     into(&c.AuthAlgorithms, algorithms)},
		{name: "AUTH_ISSUER", meaning: "tokens must have this `iss`; empty: any", set: into(&c.AuthIssuer, text)},
		{name: "AUTH_AUDIENCE", meaning: "tokens must have this among their `aud`; empty: any", set: into(&c.AuthAudience, text)},
		{name: "AUTH_LEEWAY", fallback: "30s", meaning: "tolerated error of the issuer's clock", set: into(&c.AuthLeeway, duration(0))},
		{name: "AUTH_PROFILES_CLAIM", fallback: "profiles", meaning: "the claim with a caller's grants", set: into(&c.AuthProfilesClaim, text)},
	}
}

func (c *Config) caching() []setting {
	return []setting{
		{name: "BILLING_TIMEZONE", fallback: "UTC", meaning: "time zone in which months begin", set: into(&c.BillingTimezone, timezone)},
		{name: "CACHE_FRESH_OPEN", fallback: "5m", meaning: "freshness while the month of the period's end has not ended",
			set: into(&c.CacheFreshOpen, duration(0))},
		{name: "CACHE_SETTLE_DAYS", fallback: "10", meaning: "for so many days after its end a month may still be restated",
			set: into(&c.CacheSettleDays, count(0))},
		{name: "CACHE_FRESH_SETTLING", fallback: "1h", meaning: "freshness during those days", set: into(&c.CacheFreshSettling, duration(0))},
		{name: "CACHE_FRESH_CLOSED", fallback: "24h", meaning: "freshness after them", set: into(&c.CacheFreshClosed, duration(0))},
		{name: "CACHE_FRESH_PICKERS", fallback: "15m", meaning: "freshness of customers, subscriptions and resellers",
			set: into(&c.CacheFreshPickers, duration(0))},
		{name: "CACHE_CLIENT_MAX_AGE", fallback: "1m", meaning: "how long clients may keep a response in their own caches",
			set: into(&c.CacheClientMaxAge, duration(0))},
		{name: "CACHE_REFRESH_FLOOR", fallback: "30s", meaning: "a caller's `no-cache` does not refetch an entry younger than this",
			set: into(&c.CacheRefreshFloor, duration(0))},
		{name: "CACHE_STALE_WHILE_REVALIDATE", fallback: "10m", meaning: "how long a stale entry is served at once, while it is refreshed (RFC 5861)",
			set: into(&c.CacheStaleWhileRevalidate, duration(0))},
		{name: "CACHE_STALE_IF_ERROR", fallback: "72h", meaning: "how long a stale entry is served if Rocket fails (RFC 5861)",
			set: into(&c.CacheStaleIfError, duration(0))},
		{name: "CACHE_MEMORY_BYTES", fallback: "268435456", meaning: "bound of the in-process tier", set: into(&c.CacheMemoryBytes, byteCount(1<<40))},
		{name: "CACHE_MAX_ENTRY_BYTES", fallback: "8388608", meaning: "larger responses pass through and are not stored",
			set: into(&c.CacheMaxEntryBytes, byteCount(1<<30))},
	}
}

func (c *Config) running() []setting {
	return []setting{
		{name: "RATE_LIMIT", fallback: rate.Off, meaning: "requests per caller over all replicas, as in `600/1m`", set: into(&c.RateLimit, rate.Parse)},
		{name: "UPSTREAM_QUOTA", fallback: rate.Off, meaning: "the same for requests that reach Rocket; responses from the cache are free",
			set: into(&c.UpstreamQuota, rate.Parse)},
		{name: "SHUTDOWN_DELAY", fallback: "5s", meaning: "after SIGTERM: how long the listener stays open until load balancers send no more requests",
			set: into(&c.ShutdownDelay, duration(0))},
		{name: "SHUTDOWN_TIMEOUT", fallback: "25s", meaning: "then: how long requests in flight may take to end",
			set: into(&c.ShutdownTimeout, duration(0))},
		{name: "LOG_LEVEL", fallback: "info", inFile: true,
			meaning: "`debug`, `info`, `warn` or `error`; in a file (`LOG_LEVEL_FILE`) it can be changed at run time",
			set:     into(&c.LogLevel, logLevel)},
		{name: "LOG_FORMAT", fallback: FormatJSON, shown: "`json`; `text` on a terminal", meaning: "`json` or `text`",
			set: into(&c.LogFormat, oneOf(FormatJSON, FormatText))},
	}
}

// Names returns the names of all settings.
func Names() (names []string) {
	for _, s := range new(Config).settings() {
		names = append(names, s.name)
	}
	return names
}

// knownNames returns Names and the names of the variables that name files.
func knownNames() []string {
	names := Names()
	for _, s := range new(Config).settings() {
		if s.secret || s.inFile {
			names = append(names, s.name+"_FILE")
		}
	}
	return names
}

// Table returns the README's table of settings, in Markdown.
func Table() string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning |\n| --- | --- | --- |\n")
	for _, s := range new(Config).settings() {
		if s.shown == "" && s.fallback != "" {
			s.shown = "`" + s.fallback + "`"
		}
		if s.secret {
			s.meaning += " (secret)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.name, s.shown, s.meaning)
	}
	return b.String()
}
