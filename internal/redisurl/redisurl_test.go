package redisurl_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/redisurl"
)

func TestParse(t *testing.T) {
	for value, want := range map[string]redisurl.URL{
		"redis://cache":                     {Addresses: []string{"cache:6379"}},
		"redis://cache:1/2":                 {Addresses: []string{"cache:1"}, Database: 2},
		"redis://cache?db=3":                {Addresses: []string{"cache:6379"}, Database: 3},
		"redis://[::1]:7000/":               {Addresses: []string{"[::1]:7000"}},
		"redis://2001:db8::1/2":             {Addresses: []string{"[2001:db8::1]:6379"}, Database: 2},
		"redis://:p%40ss@cache":             {Addresses: []string{"cache:6379"}, Password: "p@ss"},
		"rediss://u:p@cache:6380":           {Addresses: []string{"cache:6380"}, Username: "u", Password: "p", TLS: true},
		"redis+cluster://a:1,b:2,c":         {Kind: redisurl.Cluster, Addresses: []string{"a:1", "b:2", "c:6379"}},
		"rediss+cluster://u:p@a:1,b:2":      {Kind: redisurl.Cluster, Addresses: []string{"a:1", "b:2"}, Username: "u", Password: "p", TLS: true},
		"redis+sentinel://a,b:2/main":       {Kind: redisurl.Sentinel, Addresses: []string{"a:26379", "b:2"}, Master: "main"},
		"redis+sentinel://:p@a:1/main?db=4": {Kind: redisurl.Sentinel, Addresses: []string{"a:1"}, Master: "main", Password: "p", Database: 4},
		"rediss+sentinel://a:1/m?db=0":      {Kind: redisurl.Sentinel, Addresses: []string{"a:1"}, Master: "m", TLS: true},
		"redis+sentinel://a/m?sentinel_username=s&sentinel_password=t": {
			Kind: redisurl.Sentinel, Addresses: []string{"a:26379"}, Master: "m", SentinelUsername: "s", SentinelPassword: "t",
		},
	} {
		got, err := redisurl.Parse(value)
		if err != nil {
			t.Errorf("%s: %v", value, err)
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", value, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, value := range []string{
		"", "cache:6379", "redis://", "http://cache", "redis+x://cache", "redis+://cache", "unix:///run/redis.sock", "redis://a,b",
		"redis://cache:port", "redis://cache:0", "redis://cache:99999", "redis://cache/zero", "redis://cache/1/2", "redis://cache/-1",
		"redis://cache?tls=secret", "redis://cache#secret", "redis://:sec%zzret@cache", "redis://a:1:2", "redis://[::1", "redis+cluster://a:1,",
		"redis+cluster://a:1/3", "redis+cluster://a:1?db=1", "redis+sentinel://a:1", "redis+sentinel://a:1/", "redis+sentinel://a:1/m/n",
		"redis://:secret@cache?sentinel_password=secret", "redis://secret@", "redis://secret@/0", "redis+cluster://a,secret@", "redis://1:2:3",
		"redis://cache/zero?db=1", "redis://cache?db=", "redis+cluster://a:1/m?db=1",
	} {
		if got, err := redisurl.Parse(value); err == nil {
			t.Errorf("%s became %+v", value, got)
		} else if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats it: %v", value, err)
		}
	}
}
