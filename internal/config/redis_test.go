package config_test

import (
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// An operator must see which Redis is in use, and never a credential.
func TestRedisURLIsShownWithoutItsCredentials(t *testing.T) {
	for value, want := range map[string]string{
		"redis://cache":                         "redis://cache:6379/0",
		"redis://cache/3":                       "redis://cache:6379/3",
		"rediss://cache:6380?db=2":              "rediss://cache:6380/2",
		"redis://:secret@cache":                 "redis://********@cache:6379/0",
		"redis://secret@cache":                  "redis://********@cache:6379/0",
		"rediss://secret:secret@[::1]:7":        "rediss://********@[::1]:7/0",
		"redis+cluster://secret:secret@a:1,b:2": "redis+cluster://********@a:1,b:2/",
		"redis+sentinel://:secret@a,b:2/m?db=4": "redis+sentinel://********@a:26379,b:2/m?db=4",
		"rediss+sentinel://a:1/m%20n":           "rediss+sentinel://a:1/m%20n?db=0",
		"redis+sentinel://secret:12/cret@a:1":   "********", // a password with a slash that is not percent-encoded
		"redis+sentinel://a/m?sentinel_username=secret&sentinel_password=secret": "redis+sentinel://a:26379/m?db=0&sentinel_password=********",
	} {
		c := load(t, with("REDIS_URL="+value))
		if got := origin(t, c, "REDIS_URL").Value; got != want {
			t.Errorf("%s is shown as %s, want %s", value, got, want)
		}
		if c.RedisURL.Reveal() != value {
			t.Errorf("%s became %s", value, c.RedisURL.Reveal())
		}
	}
}

func TestNoCredentialOfAnyRedisURLIsShown(t *testing.T) {
	for _, scheme := range []string{"redis", "rediss", "redis+cluster", "redis+sentinel"} {
		for _, password := range []string{"hunter2", "hunter2@", "hunter2%2F", "a:hunter2", "hunter2+", "1/hunter2", "hunter2?", "hunter2#"} {
			for _, rest := range []string{"cache", "cache:1", "cache:1/main", "cache:1/0", "a:1,b:2/main?db=1"} {
				var text string
				c, err := config.Load(with("REDIS_URL=" + scheme + "://user:" + password + "@" + rest))
				if err != nil {
					text = err.Error()
				} else {
					text = origin(t, c, "REDIS_URL").Value
				}
				if strings.Contains(text, "hunter2") {
					t.Errorf("%s %s %s: %s", scheme, password, rest, text)
				}
			}
		}
	}
}
