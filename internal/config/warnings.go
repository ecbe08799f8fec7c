package config

import (
	"net"
	"net/url"

	"github.com/rocket-gateway/rocket-gateway/internal/rate"
)

// unencryptedWarning is about a connection on which others can read a password.
const unencryptedWarning = "is plain http: the password and all responses cross the network unencrypted; use https"

// warnings are about settings that are allowed and probably not meant.
func (c *Config) warnings() []string {
	all := append(c.openWarnings(), c.limitWarnings()...)
	if c.RocketAuth == RocketOAuth {
		all = append(all, "ROCKET_AUTH=oauth_v1 is deprecated by the vendor; use login if the account can")
	}
	if u, err := url.Parse(c.AuthJWKSURL); err == nil && unencrypted(u) && c.AuthMode == AuthModeJWT {
		all = append(all, "AUTH_JWKS_URL is plain http: an attacker that can change its traffic can make tokens; use https")
	}
	if u, err := url.Parse(c.DocsOIDCIssuer); err == nil && unencrypted(u) && c.Docs && c.AuthMode == AuthModeJWT {
		all = append(all, "DOCS_OIDC_ISSUER is plain http: an attacker that can change its traffic can steal logins; use https")
	}
	if unencrypted(c.RocketOAuthURL) {
		all = append(all, "ROCKET_OAUTH_URL "+unencryptedWarning)
	}
	if unencrypted(c.RocketURL) {
		all = append(all, "ROCKET_URL "+unencryptedWarning)
	}
	return append(all, c.withoutEffect()...)
}

// withoutEffect are about settings that another one makes useless.
func (c *Config) withoutEffect() (all []string) {
	for _, o := range c.Origins {
		switch {
		case o.Source == FromDefault || o.Name == "AUTH_MODE":
		case c.AuthMode == AuthModeNone && (isAuth(o.Name) || isLogin(o.Name)):
			all = append(all, o.Name+" has no effect with AUTH_MODE=none; remove it, or set AUTH_MODE=jwt")
		case !c.Docs && isLogin(o.Name):
			all = append(all, o.Name+" has no effect with DOCS=off; remove it, or set DOCS=on")
		}
	}
	return all
}

// openWarnings are about AUTH_MODE=none where other machines can connect.
func (c *Config) openWarnings() []string {
	host, port, err := net.SplitHostPort(c.ListenAddr)
	if c.AuthMode != AuthModeNone || err != nil || isLoopback(host) {
		return nil
	}
	return []string{"AUTH_MODE=none grants every caller full access, and other machines can connect to LISTEN_ADDR (" + c.ListenAddr +
		"): set AUTH_MODE=jwt, or LISTEN_ADDR=" + net.JoinHostPort("127.0.0.1", port)}
}

// limitWarnings are about limits that replicas cannot share.
func (c *Config) limitWarnings() (all []string) {
	limits := []struct {
		name  string
		limit rate.Limit
	}{{"RATE_LIMIT", c.RateLimit}, {"UPSTREAM_QUOTA", c.UpstreamQuota}}
	for _, l := range limits {
		if !l.limit.None() && c.RedisURL == "" {
			all = append(all, l.name+" without REDIS_URL: each replica counts alone, so that a caller has the limit once per replica; "+
				"set REDIS_URL, or divide the limit by the number of replicas")
		}
	}
	return all
}
