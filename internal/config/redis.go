package config

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

// redisURL keeps the value whole: it is a secret, which is parsed again by its user.
func redisURL(value string) (Secret, error) {
	if _, err := redisurl.Parse(value); err != nil {
		return "", err
	}
	return Secret(value), nil
}

// maskRedisURL returns what of the URL is no secret: how and where the gateway connects. A name with an '@' may be the end of a password
// that was not percent-encoded.
func maskRedisURL(value string) string {
	u, err := redisurl.Parse(value)
	if err != nil || strings.Contains(u.Master, "@") {
		return Secret(value).String()
	}
	text := "redis"
	if u.TLS {
		text += "s"
	}
	text += string(u.Kind) + "://"
	if u.Username+u.Password != "" {
		text += Secret(value).String() + "@"
	}
	text += strings.Join(u.Addresses, ",") + "/" + url.PathEscape(u.Master)
	switch u.Kind {
	case redisurl.Single:
		text += strconv.Itoa(u.Database)
	case redisurl.Sentinel:
		text += "?db=" + strconv.Itoa(u.Database)
	}
	if u.SentinelUsername+u.SentinelPassword != "" {
		text += "&sentinel_password=" + Secret(value).String()
	}
	return text
}
