package config_test

import (
	"strings"
	"testing"
)

// Values at the bounds of a setting. The faults of one bad value each are in faults_test.go.
func TestValues(t *testing.T) {
	for _, tt := range []struct {
		name      string
		good, bad []string
	}{
		{
			"LISTEN_ADDR",
			[]string{":8080", "0.0.0.0:80", "[::]:443", "localhost:65535", ":0"},
			[]string{"8080", ":65536", ":-1", ":http", "localhost", "::1:80", ":", "http://localhost:80"},
		},
		{
			"PUBLIC_BASE_PATH",
			[]string{"/", "/costs", "/costs/", "/a/b-c_d.e~f"},
			[]string{
				"costs", "//evil.example.com", "/a?b", "/a#b", "/a b", "/a%20b", `/a"b`, "/<a>", `/a\b`, "/a\nb", "/a\r", "/a\tb",
				"https://example.com/costs",
			},
		},
		{
			"DOCS_OIDC_SCOPES", []string{"openid", "openid usage:read https://costs.example.com/.default"},
			[]string{" openid", "openid ", "a\tb", `a"`},
		},
		{
			"REDIS_URL",
			[]string{"redis://cache", "redis://cache:6379/", "rediss://:pw@cache:6379/15", "redis://[::1]:6379", "redis://cache?db=3"},
			[]string{
				"cache:6379", "redis://", "http://cache", "unix:///run/redis.sock", "redis://cache/zero", "redis://cache/-1",
				"redis://cache/1/2", "redis://cache:port",
			},
		},
		{
			"CORS_ORIGINS",
			[]string{
				"https://app.example.com", "http://localhost:3000", "https://*.example.com", "https://*.example.com:8443,http://[::1]:80",
				"https://a.example.com , https://b.example.com",
			},
			[]string{
				"*", "https://*", "null", "app.example.com", "https://app.example.com/", "https://app.example.com/x", "https://a.*.com",
				"https://App.example.com", "https://user@app.example.com", "https://app.example.com,", "ftp://app.example.com", "https://*.*.com",
			},
		},
		{
			"TOKEN_ENCRYPTION_KEYS",
			[]string{sealKey, sealKey + ", " + sealKey},
			[]string{"AAAA", sealKey + ",", sealKey[:40], "-" + sealKey[1:], sealKey + ";" + sealKey},
		},
		{
			"BILLING_TIMEZONE",
			[]string{"UTC", "America/Sao_Paulo", "Europe/Berlin", "Asia/Kathmandu", "Etc/GMT+3"},
			[]string{"Local", "America/Sao Paulo", "BRT-3", "-03:00", "../../etc/passwd", "/etc/localtime"},
		},
		{"BILLING_CURRENCY", []string{"BRL", "USD", "XCG"}, []string{"brl", "BR", "BRLX", "R$", "986", "BRL ", "BRL,USD", "BRÉ", "real"}},
		{"ROCKET_TIMEOUT", []string{"1ms", "90s", "1h30m"}, []string{"0s", "999us", "-1s", "30", "1e3s", "9999999h"}},
		{"ROCKET_MAX_CONCURRENT", []string{"1", "1000000"}, []string{"0", "-1", "1000001", "1.5", "0x10", "1e3", " 1"}},
		{"CACHE_SETTLE_DAYS", []string{"0", "31"}, []string{"-1", "10d"}},
		{
			"ROCKET_MAX_RESPONSE_BYTES", []string{"1", "1073741824", "1Ki", "32Mi", "1Gi"},
			[]string{
				"0", "1073741825", "9223372036854775808", "8k", "0Mi", "-1Ki", "2Gi", "1Ti", "1025Mi", "9223372036854775807Ki", "16777216Ti",
				"Mi", "1.5Mi", "1 Mi", "1Mi ", "32MiB", "32MB", "32M", "32mi", "1KiKi", "1_000Ki",
			},
		},
		{"RATE_LIMIT", []string{"off", "600/1m", "1000000/24h"}, []string{"on", "600", "0/1m", "1000001/1m", "600/0s", "600/25h"}},
		{"DOCS", []string{"on", "off"}, []string{"ON", "true", "1", "no"}},
		{"LOG_LEVEL", []string{"debug", "Info", "WARN", "error"}, []string{"trace", "info+1", "0"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, value := range tt.good {
				if lines := faults(t, with(tt.name+"="+value)); lines != nil {
					t.Errorf("%q: faults %q", value, lines)
				}
			}
			for _, value := range tt.bad {
				lines := faults(t, with(tt.name+"="+value))
				if len(lines) != 1 || !strings.HasPrefix(lines[0], tt.name+": must ") {
					t.Errorf("%q: faults %q, want one that says what the value must be", value, lines)
				}
			}
		})
	}
}

func TestIssuersOfTheLogin(t *testing.T) {
	const client = "DOCS_OIDC_CLIENT_ID=docs"
	for _, good := range []string{"https://login.example.com/realms/Costs/", "http://[::1]:8443"} {
		if got := load(t, with(client, "DOCS_OIDC_ISSUER="+good)).DocsOIDCIssuer; got != good {
			t.Errorf("got %q, want %q", got, good)
		}
	}
	for _, bad := range []string{
		"login.example.com", "ftp://login.example.com", "https://", "https://login.example.com?x=1", "https://login.example.com?",
		"https://login.example.com#x",
	} {
		wantFault(t, with(client, "DOCS_OIDC_ISSUER="+bad), "DOCS_OIDC_ISSUER", "must be an http or https URL without a query")
	}
}
