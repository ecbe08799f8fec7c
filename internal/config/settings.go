package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// setting is one variable of the environment.
type setting struct {
	name     string
	fallback string // the default, as an operator would write it
	shown    string // the default in docs/settings.md, if that differs
	meaning  string
	secret   bool                      // may be in a file that NAME_FILE names; is masked
	mask     func(value string) string // of a secret that is not masked as a whole
	inFile   bool                      // may be in such a file, is no secret
	set      func(value string) error
}

// settings returns all settings in the order of docs/settings.md; set parses a value into the Config, and is not called with an empty one.
func (c *Config) settings() []setting { //nolint:funlen // a table
	return []setting{
		row("LISTEN_ADDR", ":8080", "address of the API", into(&c.ListenAddr, address)),
		row("ADMIN_ADDR", "127.0.0.1:9090",
			"address of the [admin listener](cli.md#the-admin-listener): the console at `/`, health checks, metrics, purges",
			into(&c.AdminAddr, address)),
		row("ADMIN_PPROF", "false", "`true` serves `/debug/pprof/` of `ADMIN_ADDR` to other machines too",
			into(&c.AdminPprof, either("true", "false"))),
		row("PUBLIC_BASE_PATH", "", "path prefix under which an ingress exposes the gateway (links, docs, problem types)",
			into(&c.PublicBasePath, basePath)),
		row("TLS_CERT_FILE", "", "PEM certificate chain; with `TLS_KEY_FILE`, the API is HTTPS", c.readable(&c.TLSCertFile)),
		row("TLS_KEY_FILE", "", "PEM key of the certificate", c.readable(&c.TLSKeyFile)),
		row("DOCS", "on", "`on` serves Swagger UI and the contract, `off` hides both", into(&c.Docs, either("on", "off"))),
		row("DOCS_OIDC_ISSUER", "",
			"OpenID Connect issuer at which people log in on the docs page ([login](security.md#login-on-the-docs-page))",
			into(&c.DocsOIDCIssuer, issuerURL)),
		row("DOCS_OIDC_CLIENT_ID", "", "public client at that issuer; required with it", into(&c.DocsOIDCClientID, text)),
		row("DOCS_OIDC_SCOPES", "openid usage:read", "scopes that the login requests, separated by spaces", into(&c.DocsOIDCScopes, scopes)),
		{name: "CORS_ORIGINS", shown: "none",
			meaning: "origins whose pages may read responses, comma-separated: `https://app.example.com` or `https://*.example.com`",
			set:     into(&c.CORSOrigins, list(corsOrigin))},
		row("AUDIT_LOG", "on", "`on` logs the queries of callers with tokens; purges are always logged", into(&c.AuditLog, either("on", "off"))),
		row("ROCKET_URL", "https://analytics.rocket.enube.me/rocketsvc", "base URL of Rocket's `/api/v4`", into(&c.RocketURL, rocketURL)),
		{name: "ROCKET_USERNAME", shown: "required, unless an accounts file is given", meaning: "service account",
			set: into(&c.RocketUsername, text)},
		{name: "ROCKET_PASSWORD", shown: "required with it", secret: true, meaning: "its password", set: into(&c.RocketPassword, text)},
		row("ROCKET_AUTH", RocketLogin, "`login`, or `oauth_v1`, which is deprecated", into(&c.RocketAuth, oneOf(RocketLogin, RocketOAuth))),
		row("ROCKET_OAUTH_URL", "", "base URL of `/oauth2/token`; required with `oauth_v1`", into(&c.RocketOAuthURL, oauthURL)),
		row("ROCKET_ACCOUNTS_FILE", "", "YAML: more service accounts, and the queries of each ([accounts.md](accounts.md))",
			into(&c.RocketAccountsFile, text)),
		row("ROCKET_TIMEOUT", "30s", "a caller's total wait for Rocket, including queue, login and retries",
			into(&c.RocketTimeout, duration(time.Millisecond))),
		row("ROCKET_MAX_CONCURRENT", "32", "concurrent requests to Rocket, per replica", into(&c.RocketMaxConcurrent, count(1))),
		row("ROCKET_QUEUE_WAIT", "5s", "how long a request waits for one of these slots", into(&c.RocketQueueWait, duration(0))),
		row("ROCKET_MAX_RESPONSE_BYTES", "33554432", "largest accepted response body", into(&c.RocketMaxResponseBytes, byteCount("1Gi"))),
		row("ROCKET_CA_FILE", "", "PEM file of additional trusted root certificates", into(&c.RocketCAFile, caFile)),
		{name: "REDIS_URL", secret: true, mask: maskRedisURL,
			meaning: "`redis://h:p/db`, `redis+cluster://h:p,h:p` or `redis+sentinel://h:p,h:p/master`; empty: only the memory tier",
			set:     into(&c.RedisURL, redisURL)},
		row("REDIS_KEY_PREFIX", "rgw:", "prefix of every key", into(&c.RedisKeyPrefix, keyPrefix)),
		{name: "TOKEN_ENCRYPTION_KEYS", secret: true,
			meaning: "base64 keys of 32 bytes, comma-separated, newest first: replicas share Rocket's tokens in Redis, sealed with the first key",
			set:     into(&c.TokenEncryptionKeys, encryptionKeys)},
		row("AUTH_MODE", AuthModeJWT, "`jwt` requires a token of every caller; `none`, if set, grants every caller full access",
			into(&c.AuthMode, oneOf(AuthModeJWT, AuthModeNone))),
		{name: "AUTH_HS256_SECRET", secret: true,
			meaning: "secret of at least 32 bytes, shared with the issuer; `jwt` requires this or one of the next two",
			set:     into(&c.AuthHS256Secret, hs256Secret)},
		row("AUTH_JWKS_URL", "", "URL of the issuer's keys, a JSON Web Key Set", into(&c.AuthJWKSURL, jwksURL)),
		row("AUTH_PUBLIC_KEY_FILE", "", "PEM file with the issuer's public key or certificate", c.readable(&c.AuthPublicKeyFile)),
		{name: "AUTH_ALGORITHMS", shown: "all that fit the keys",
			meaning: "allowed signatures, comma-separated: `HS256`, `RS256`, `PS256`, `ES256`, `ES384`, `EdDSA`",
			set:     into(&c.AuthAlgorithms, list(algorithm))},
		row("AUTH_ISSUER", "", "required `iss` of tokens; empty: any", into(&c.AuthIssuer, text)),
		row("AUTH_AUDIENCE", "", "required member of the `aud` of tokens; empty: any", into(&c.AuthAudience, text)),
		row("AUTH_LEEWAY", "30s", "tolerated error of the issuer's clock", into(&c.AuthLeeway, duration(0))),
		row("AUTH_PROFILES_CLAIM", "profiles", "claim with a caller's grants", into(&c.AuthProfilesClaim, text)),
		row("BILLING_TIMEZONE", "UTC", "time zone in which months begin", into(&c.BillingTimezone, timezone)),
		row("BILLING_CURRENCY", "", "currency of the amounts (ISO 4217), as `GET /v1/me` shows it to callers; nothing is converted",
			into(&c.BillingCurrency, currency)),
		row("CACHE_FRESH_OPEN", "5m", "freshness while the month that contains the period's end has not ended",
			into(&c.CacheFreshOpen, duration(0))),
		row("CACHE_SETTLE_DAYS", "10", "days after the end of a month in which Rocket may restate it", into(&c.CacheSettleDays, count(0))),
		row("CACHE_FRESH_SETTLING", "1h", "freshness during those days", into(&c.CacheFreshSettling, duration(0))),
		row("CACHE_FRESH_CLOSED", "24h", "freshness after those days", into(&c.CacheFreshClosed, duration(0))),
		row("CACHE_FRESH_PICKERS", "15m", "freshness of customers, subscriptions and resellers", into(&c.CacheFreshPickers, duration(0))),
		row("CACHE_CLIENT_MAX_AGE", "1m", "how long clients may keep a response in their own caches", into(&c.CacheClientMaxAge, duration(0))),
		row("CACHE_REFRESH_FLOOR", "30s", "age below which a caller's `no-cache` does not refetch an entry",
			into(&c.CacheRefreshFloor, duration(0))),
		row("CACHE_STALE_WHILE_REVALIDATE", "10m", "how long callers get a stale entry at once, while a refresh runs (RFC 5861)",
			into(&c.CacheStaleWhileRevalidate, duration(0))),
		row("CACHE_STALE_IF_ERROR", "72h", "how long callers get a stale entry if Rocket fails (RFC 5861)",
			into(&c.CacheStaleIfError, duration(0))),
		row("CACHE_MEMORY_BYTES", "268435456", "limit of the memory tier", into(&c.CacheMemoryBytes, byteCount("1Ti"))),
		row("CACHE_MAX_ENTRY_BYTES", "8388608", "larger responses are not cached", into(&c.CacheMaxEntryBytes, byteCount("1Gi"))),
		row("RATE_LIMIT", rate.Off, "requests per caller over all replicas, as in `600/1m`", into(&c.RateLimit, rate.Parse)),
		row("UPSTREAM_QUOTA", rate.Off, "the same for requests that reach Rocket; cache hits are free", into(&c.UpstreamQuota, rate.Parse)),
		row("SHUTDOWN_DELAY", "5s", "how long the listener accepts requests after SIGTERM, until load balancers send no more",
			into(&c.ShutdownDelay, duration(0))),
		row("SHUTDOWN_TIMEOUT", "25s", "how long requests in flight may take after that", into(&c.ShutdownTimeout, duration(0))),
		{name: "LOG_LEVEL", fallback: "info", inFile: true,
			meaning: "`debug`, `info`, `warn` or `error`; in a file (`LOG_LEVEL_FILE`) it can be changed at run time",
			set:     into(&c.LogLevel, logLevel)},
		{name: "LOG_FORMAT", fallback: FormatJSON, shown: "`json`; `text` on a terminal", meaning: "`json` or `text`",
			set: into(&c.LogFormat, oneOf(FormatJSON, FormatText))},
	}
}

// row returns a setting that is no secret.
func row(name, fallback, meaning string, set func(value string) error) setting {
	return setting{name: name, fallback: fallback, meaning: meaning, set: set}
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

// Accepted returns the names of all variables that have an effect: settings, those that name files of settings, and the old names of both.
func Accepted() []string { return append(knownNames(), slices.Sorted(maps.Keys(OldNames()))...) }

// Given returns the variables of an environment that have an effect.
func Given(environ []string) map[string]string {
	given, known := newEnvironment(environ), Accepted()
	maps.DeleteFunc(given, func(name, value string) bool { return value == "" || !slices.Contains(known, name) })
	return given
}

// Table returns the table of docs/settings.md, in Markdown.
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
