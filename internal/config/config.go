package config

import (
	"log/slog"
	"net/url"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/accounts"
	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// Config holds the effective settings, checked.
type Config struct {
	ListenAddr     string
	AdminAddr      string
	PublicBasePath string
	TLSCertFile    string
	TLSKeyFile     string
	Docs           bool
	CORSOrigins    []string
	AuditLog       bool
	AdminPprof     bool

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
	Accounts               *accounts.Book // the file's and ROCKET_USERNAME's; of one account where there is no file

	RedisURL            Secret
	RedisKeyPrefix      string
	TokenEncryptionKeys []Secret // 32 bytes each, newest first

	AuthMode          string
	AuthHS256Secret   Secret
	AuthJWKSURL       string
	AuthPublicKeyFile string
	AuthAlgorithms    []string // none: every one that fits the keys
	AuthIssuer        string
	AuthAudience      string
	AuthLeeway        time.Duration
	AuthProfilesClaim string

	BillingTimezone           *time.Location
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

	RateLimit     rate.Limit // the zero Limit is off
	UpstreamQuota rate.Limit

	ShutdownDelay   time.Duration
	ShutdownTimeout time.Duration
	LogLevel        slog.Level
	LogFormat       string

	Files    []string // what was read of files that may change while the gateway runs
	Warnings []string // what an operator should know, one line each
	Origins  []Origin // where each setting came from, in the order of the table
}

// Origin is one setting as `gateway config` shows it.
type Origin struct {
	Name   string
	Value  string // masked where it is a secret
	Source string // default, environment, or the file
}

// FromDefault is the Source of a setting that nobody has made.
const FromDefault = "default"

const fromFile = "file " // begins the Source of one that stands in a file; the path follows

// Values that settings may have by name.
const (
	AuthModeNone = "none"
	AuthModeJWT  = "jwt"
	RocketLogin  = "login"
	RocketOAuth  = "oauth_v1"
	FormatJSON   = "json"
	FormatText   = "text"
)
