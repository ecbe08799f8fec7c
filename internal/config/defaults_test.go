package config_test

import (
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// defaults are those of the operators' contract, for a Config that has the required settings alone.
func defaults() *config.Config {
	return &config.Config{
		ListenAddr: ":8080", AdminAddr: "127.0.0.1:9090", Docs: true, AuditLog: true, DocsOIDCScopes: []string{"openid", "usage:read"},
		RocketURL:      &url.URL{Scheme: "https", Host: "analytics.rocket.enube.me", Path: "/rocketsvc"},
		RocketUsername: "service", RocketPassword: password, RocketAuth: config.RocketLogin,
		RocketTimeout: 30 * time.Second, RocketMaxConcurrent: 32, RocketQueueWait: 5 * time.Second, RocketMaxResponseBytes: 32 << 20,
		RedisKeyPrefix: "rgw:", BillingTimezone: time.UTC,
		AuthMode: config.AuthModeNone, AuthLeeway: 30 * time.Second, AuthProfilesClaim: "profiles",
		CacheFreshOpen: 5 * time.Minute, CacheSettleDays: 10, CacheFreshSettling: time.Hour, CacheFreshClosed: 24 * time.Hour,
		CacheFreshPickers: 15 * time.Minute, CacheClientMaxAge: time.Minute, CacheRefreshFloor: 30 * time.Second,
		CacheStaleWhileRevalidate: 10 * time.Minute, CacheStaleIfError: 72 * time.Hour,
		CacheMemoryBytes: 256 << 20, CacheMaxEntryBytes: 8 << 20,
		ShutdownDelay: 5 * time.Second, ShutdownTimeout: 25 * time.Second, LogLevel: slog.LevelInfo, LogFormat: config.FormatJSON,
		Warnings: []string{"AUTH_MODE=none grants every caller full access, and other machines can connect to LISTEN_ADDR (:8080): " +
			"set AUTH_MODE=jwt, or LISTEN_ADDR=127.0.0.1:8080"},
	}
}

func diffConfig(want, got *config.Config) string {
	return cmp.Diff(want, got,
		cmpopts.IgnoreFields(config.Config{}, "Origins", "Accounts", "Files"), // other tests have those
		cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() }),
		cmp.Comparer(func(a, b config.Secret) bool { return a == b }))
}

func TestDefaults(t *testing.T) {
	if diff := diffConfig(defaults(), load(t, with("LISTEN_ADDR="))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// The mode is asked for by name: what is not set is not open.
func TestAuthModeDefaultsToJWT(t *testing.T) {
	wantFault(t, []string{"ROCKET_USERNAME=service", "ROCKET_PASSWORD=" + password}, "AUTH_MODE", "jwt")
}

// changed sets every setting but the files to another value than its default.
var changed = []string{
	"LISTEN_ADDR=[::1]:8443", "ADMIN_ADDR=:0", "PUBLIC_BASE_PATH=/costs/v2/",
	"DOCS_OIDC_ISSUER=http://login.example.com/Realm/", "DOCS_OIDC_CLIENT_ID=docs page", "DOCS_OIDC_SCOPES=openid",
	"DOCS=off", "CORS_ORIGINS=https://app.example.com, http://*.example.com:8080", "AUDIT_LOG=off", "ADMIN_PPROF=true",
	"ROCKET_URL=https://rocket.example.com:8443/svc", "ROCKET_USERNAME=other", "ROCKET_PASSWORD=p=w d#",
	"ROCKET_AUTH=oauth_v1", "ROCKET_OAUTH_URL=https://login.example.com/", "ROCKET_TIMEOUT=1ms", "ROCKET_MAX_CONCURRENT=1",
	"ROCKET_QUEUE_WAIT=0", "ROCKET_MAX_RESPONSE_BYTES=1", "REDIS_URL=" + redisURL, "REDIS_KEY_PREFIX=x",
	"TOKEN_ENCRYPTION_KEYS=" + sealKey + "," + strings.Repeat("AAAA", 10) + "AAA=",
	"AUTH_MODE=none", "AUTH_HS256_SECRET=" + authSecret, "AUTH_JWKS_URL=https://Login.example.com/keys/?p=x",
	"AUTH_ALGORITHMS=ES256, HS256", "AUTH_ISSUER=https://login.example.com/", "AUTH_AUDIENCE=gateway", "AUTH_LEEWAY=0",
	"AUTH_PROFILES_CLAIM=x-reach",
	"BILLING_TIMEZONE=America/Sao_Paulo", "BILLING_CURRENCY=BRL", "CACHE_FRESH_OPEN=0s", "CACHE_SETTLE_DAYS=0", "CACHE_FRESH_SETTLING=90s",
	"CACHE_FRESH_CLOSED=1h30m", "CACHE_FRESH_PICKERS=1ns", "CACHE_CLIENT_MAX_AGE=0", "CACHE_REFRESH_FLOOR=0s",
	"CACHE_STALE_WHILE_REVALIDATE=0s",
	"CACHE_STALE_IF_ERROR=0s",
	"CACHE_MEMORY_BYTES=1099511627776", "CACHE_MAX_ENTRY_BYTES=1", "RATE_LIMIT=600/1m", "UPSTREAM_QUOTA=1/24h", "SHUTDOWN_DELAY=0s",
	"SHUTDOWN_TIMEOUT=1m",
	"LOG_LEVEL=WARN", "LOG_FORMAT=text",
}

func TestEverySettingIsRead(t *testing.T) {
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	accountsFile := file(t, latam+"rules: [{account: latam, providers: [aws]}]\n")
	want := &config.Config{
		RocketAccountsFile: accountsFile,
		ListenAddr:         "[::1]:8443", AdminAddr: ":0", PublicBasePath: "/costs/v2", TLSCertFile: certFile, TLSKeyFile: keyFile,
		AdminPprof:     true,
		DocsOIDCIssuer: "http://login.example.com/Realm/", DocsOIDCClientID: "docs page", DocsOIDCScopes: []string{"openid"},
		CORSOrigins:    []string{"https://app.example.com", "http://*.example.com:8080"},
		RocketURL:      &url.URL{Scheme: "https", Host: "rocket.example.com:8443", Path: "/svc"},
		RocketUsername: "other", RocketPassword: "p=w d#", RocketAuth: config.RocketOAuth,
		RocketOAuthURL: &url.URL{Scheme: "https", Host: "login.example.com"}, RocketTimeout: time.Millisecond,
		RocketMaxConcurrent: 1, RocketMaxResponseBytes: 1, RocketCAFile: certFile, RedisURL: redisURL, RedisKeyPrefix: "x",
		TokenEncryptionKeys: []config.Secret{"hunter2-seal-hunter2-seal-hunter", config.Secret(make([]byte, 32))},
		AuthMode:            config.AuthModeNone, AuthHS256Secret: authSecret, AuthJWKSURL: "https://Login.example.com/keys/?p=x",
		AuthPublicKeyFile: certFile, AuthAlgorithms: []string{"ES256", "HS256"}, AuthIssuer: "https://login.example.com/",
		AuthAudience: "gateway", AuthProfilesClaim: "x-reach",
		BillingTimezone: saoPaulo, BillingCurrency: "BRL", CacheFreshSettling: 90 * time.Second,
		CacheFreshClosed: 90 * time.Minute, CacheFreshPickers: 1, CacheMemoryBytes: 1 << 40, CacheMaxEntryBytes: 1,
		RateLimit: rate.Limit{Requests: 600, Per: time.Minute}, UpstreamQuota: rate.Limit{Requests: 1, Per: 24 * time.Hour},
		ShutdownTimeout: time.Minute, LogLevel: slog.LevelWarn, LogFormat: config.FormatText,
	}
	c := load(t, append(slices.Clone(changed), "TLS_CERT_FILE="+certFile, "TLS_KEY_FILE="+keyFile, "ROCKET_CA_FILE="+certFile,
		"AUTH_PUBLIC_KEY_FILE="+certFile, "ROCKET_ACCOUNTS_FILE="+accountsFile, "ROCKET_LATAM_PASSWORD="+latamPassword))
	want.Warnings = []string{"ROCKET_AUTH=oauth_v1 is deprecated by the vendor; use login if the account can"}
	for _, name := range config.Names() {
		if (strings.HasPrefix(name, "AUTH_") || strings.HasPrefix(name, "DOCS_OIDC_")) && name != "AUTH_MODE" {
			want.Warnings = append(want.Warnings, name+" has no effect with AUTH_MODE=none; remove it, or set AUTH_MODE=jwt")
		}
	}
	if diff := diffConfig(want, c); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, o := range c.Origins {
		if o.Source != "environment" {
			t.Errorf("%s comes from %q; this test sets every setting", o.Name, o.Source)
		}
	}
}

// An empty variable is the same as none, for all settings at once.
func TestEmptyIsUnset(t *testing.T) {
	var environ []string
	for _, name := range config.Names() {
		environ = append(environ, name+"=", name+"_FILE=")
	}
	if diff := diffConfig(defaults(), load(t, slices.Concat(environ, required, []string{"LISTEN_ADDR="}))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
