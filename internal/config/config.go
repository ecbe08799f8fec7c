package config

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
	secrets "github.com/rocket-gateway/rocket-gateway/internal/secret"
)

// Secret is a setting that must not be printed.
type Secret = secrets.Value

// Config holds the effective settings, checked.
type Config struct {
	ListenAddr       string
	AdminAddr        string
	PublicBasePath   string
	TLSCertFile      string
	TLSKeyFile       string
	Docs             bool
	DocsOIDCIssuer   string // empty: no login
	DocsOIDCClientID string
	DocsOIDCScopes   []string
	CORSOrigins      []string
	AuditLog         bool
	AdminPprof       bool

	RocketURL              *url.URL
	RocketUsername         string
	RocketPassword         Secret
	RocketAuth             string
	RocketOAuthURL         *url.URL
	RocketTimeout          time.Duration
	RocketMaxConcurrent    int
	RocketQueueWait        time.Duration
	RocketMaxResponseBytes int64
	RocketCAFile           string
	RocketAccountsFile     string

	RedisURL            Secret
	RedisKeyPrefix      string
	TokenEncryptionKeys []Secret // 32 bytes each, newest first

	AuthMode          string
	AuthHS256Secret   Secret
	AuthJWKSURL       string
	AuthPublicKeyFile string
	AuthAlgorithms    []string // empty: all that fit the keys
	AuthIssuer        string
	AuthAudience      string
	AuthLeeway        time.Duration
	AuthProfilesClaim string

	BillingTimezone           *time.Location
	BillingCurrency           string // ISO 4217; empty: not known
	CacheFreshOpen            time.Duration
	CacheSettleDays           int
	CacheFreshSettling        time.Duration
	CacheFreshClosed          time.Duration
	CacheFreshPickers         time.Duration
	CacheClientMaxAge         time.Duration
	CacheRefreshFloor         time.Duration
	CacheStaleWhileRevalidate time.Duration
	CacheStaleIfError         time.Duration
	CacheMemoryBytes          int64
	CacheMaxEntryBytes        int64

	RateLimit     rate.Limit
	UpstreamQuota rate.Limit

	ShutdownDelay   time.Duration
	ShutdownTimeout time.Duration
	LogLevel        slog.Level
	LogFormat       string

	Accounts Accounts
	Files    []string // that were read and may change while the gateway runs
	Warnings []string // for the operator, one line each
	Origins  []Origin // of all settings, in the order of the table
}

// Origin is one setting as `gateway config` shows it.
type Origin struct {
	Name   string `json:"name"`
	Value  string `json:"value"`  // masked if it is a secret
	Source string `json:"source"` // FromDefault, "environment", or "file " and its path
}

// FromDefault is the Source of a setting that is not set.
const FromDefault = "default"

const fromFile = "file "

// The values of settings that have a few.
const (
	AuthModeNone = "none"
	AuthModeJWT  = "jwt"
	RocketLogin  = "login"
	RocketOAuth  = "oauth_v1"
	FormatJSON   = "json"
	FormatText   = "text"
)
