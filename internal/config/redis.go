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
	credentials := ""
	if u.Username+u.Password != "" {
		credentials = Secret(value).String() + "@"
	}
	return redisScheme(u) + "://" + credentials + strings.Join(u.Addresses, ",") + "/" + redisPath(u)
}

func redisScheme(u redisurl.URL) string {
	if u.TLS {
		return "rediss" + string(u.Kind)
	}
	return "redis" + string(u.Kind)
}

// redisPath returns the path with the options, without its slash.
func redisPath(u redisurl.URL) string {
	if u.Kind == redisurl.Cluster {
		return "" // it has no databases
	}
	database := strconv.Itoa(u.Database)
	if u.Kind == redisurl.Single {
		return database
	}
	path := url.PathEscape(u.Master) + "?db=" + database
	if credentials := u.SentinelUsername + u.SentinelPassword; credentials != "" {
		path += "&sentinel_password=" + Secret(credentials).String()
	}
	return path
}
