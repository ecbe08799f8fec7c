package helm_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// setting has values of a setting that stands in config.
type setting struct{ good, bad []string }

var (
	durations = setting{[]string{"0", "0s", "1.5s", "90s", "1h30m", "500ms"}, []string{"300", "5 m", "1d", "-1s", "9999999h"}}
	sizes     = setting{[]string{"1", "1048576", "64Mi"}, []string{"0", "-1", "8k", "1.5", "1e3", "many"}}
	limits    = setting{
		[]string{"off", "600/1m", "1000000/24h", "10/1h30m", "1/1s"},
		[]string{"on", "600", "600/", "/1m", "0/1m", "1000001/1m", "600/0s", "600/25h", "600/1d"},
	}
	switches = setting{[]string{"on", "off"}, []string{"ON", "true", "1", "no"}}
	baseURLs = setting{
		[]string{"https://rocket.example.com/rocketsvc", "http://rocket:9000", "https://[::1]:8443/x/api/v4/"},
		[]string{
			"rocket.example.com", "ftp://rocket.example.com", "https://", "https://u:p@rocket.example.com", "https://rocket.example.com?x=1",
			"https://rocket.example.com#x", "https://rocket.example.com:0", "https://rocket.example.com:65536", "https://rocket.example.com:x",
		},
	}
)

// settings are examples for each setting that stands in config and is no free text.
var settings = map[string]setting{
	"LISTEN_ADDR": {[]string{":80", "0.0.0.0:8080", "[::]:65535"}, []string{"8080", ":65536", ":http", "::1:80", ":", "http://localhost:80"}},
	"ADMIN_ADDR":  {[]string{":9191"}, []string{"9090", ":65536"}},
	"ADMIN_PPROF": {[]string{"true", "false"}, []string{"on", "TRUE"}},
	"PUBLIC_BASE_PATH": {
		[]string{"", "/", "/costs", "/costs/", "/a/b-c_d.e~f"},
		[]string{"costs", "//evil.example.com", "/a?b", "/a#b", "/a b", "/a%20b", `/a"b`, "/<a>", `/a\b`, "/a\tb", "https://example.com/costs"},
	},
	"DOCS": switches,
	"DOCS_OIDC_ISSUER": {
		[]string{"https://login.example.com/realms/Costs/", "http://[::1]:8443"},
		[]string{
			"login.example.com", "ftp://login.example.com", "https://login.example.com?x=1", "https://u@login.example.com", "https://a.com#x",
		},
	},
	"DOCS_OIDC_SCOPES": {[]string{"openid", "openid usage:read"}, []string{" openid", "openid  usage:read", "openid ", `"`}},
	"CORS_ORIGINS": {
		[]string{"https://app.example.com", "https://*.example.com:8443,http://[::1]:80", "https://a.example.com , http://localhost:3000"},
		[]string{
			"*", "https://*", "null", "app.example.com", "https://app.example.com/x", "https://a.*.com", "https://App.example.com",
			"https://app.example.com,", ",https://app.example.com", "ftp://app.example.com", "https://*.*.com",
		},
	},
	"AUDIT_LOG":                 switches,
	"ROCKET_URL":                baseURLs,
	"ROCKET_AUTH":               {[]string{"login"}, []string{"basic", "LOGIN"}},
	"ROCKET_OAUTH_URL":          baseURLs,
	"ROCKET_TIMEOUT":            {[]string{"1ms", "90s", "1h30m"}, []string{"0", "0s", "999us", "-1s", "30", "1e3s", "9999999h"}},
	"ROCKET_MAX_CONCURRENT":     {[]string{"1", "1000000"}, []string{"0", "-1", "1000001", "1.5", "0x10", "1e3"}},
	"ROCKET_QUEUE_WAIT":         durations,
	"ROCKET_MAX_RESPONSE_BYTES": sizes,
	"REDIS_KEY_PREFIX":          {[]string{"", "rgw:", "a/b"}, []string{"{rgw}", "r gw", "rgw\t"}},
	"AUTH_MODE":                 {[]string{"none"}, []string{"off", "JWT"}},
	"AUTH_JWKS_URL": {
		[]string{"https://login.example.com/keys?v=2"},
		[]string{"login.example.com", "ftp://login.example.com", "https://u:p@login.example.com", "https://login.example.com#x"},
	},
	"AUTH_ALGORITHMS": {[]string{"RS256", "RS256, EdDSA"}, []string{"none", "rs256", "RS256,"}},
	"AUTH_LEEWAY":     durations,
	"BILLING_TIMEZONE": {
		[]string{"UTC", "America/Sao_Paulo", "Etc/GMT+3", "America/Argentina/Buenos_Aires"},
		[]string{"Local", "America/Sao Paulo", "-03:00", "../../etc/passwd", "/etc/localtime"},
	},
	"BILLING_CURRENCY":             {[]string{"BRL", "XCG"}, []string{"brl", "BR", "BRLX", "R$", "986"}},
	"CACHE_FRESH_OPEN":             durations,
	"CACHE_SETTLE_DAYS":            {[]string{"0", "31"}, []string{"-1", "10d", "1000001"}},
	"CACHE_FRESH_SETTLING":         durations,
	"CACHE_FRESH_CLOSED":           durations,
	"CACHE_FRESH_PICKERS":          durations,
	"CACHE_CLIENT_MAX_AGE":         durations,
	"CACHE_REFRESH_FLOOR":          durations,
	"CACHE_STALE_WHILE_REVALIDATE": durations,
	"CACHE_STALE_IF_ERROR":         durations,
	"CACHE_MEMORY_BYTES":           {[]string{"8388608", "1099511627776", "1Ti"}, sizes.bad},
	"CACHE_MAX_ENTRY_BYTES":        sizes,
	"RATE_LIMIT":                   limits,
	"UPSTREAM_QUOTA":               limits,
	"SHUTDOWN_DELAY":               durations,
	"SHUTDOWN_TIMEOUT":             durations,
	"LOG_LEVEL":                    {[]string{"debug", "Info", "WARN", "error"}, []string{"trace", "info+1", "0", "loud"}},
	"LOG_FORMAT":                   {[]string{"json", "text"}, []string{"yaml", "JSON"}},
}

// What serve refuses, the chart refuses before anything reaches a cluster; what serve accepts, it accepts. Each rendering has the next
// example of every setting.
func TestChartAndGatewayAgreeOnSettings(t *testing.T) {
	for _, kind := range []string{"good", "bad"} {
		for i, values := range rounds(kind) {
			t.Run(fmt.Sprint(kind, i), func(t *testing.T) {
				t.Parallel()
				_, err := withSettings(t, values)
				for name, value := range values {
					fault := faultOf(name, value)
					if accepted := err == nil || !strings.Contains(err.Error(), "'/config/"+name+"'"); accepted != (kind == "good") {
						t.Errorf("%s %q: does the chart accept it? %t: %v", name, value, accepted, err)
					}
					if (fault == "") != (kind == "good") {
						t.Errorf("%s %q: the gateway's fault is %q", name, value, fault)
					}
				}
			})
		}
	}
}

// rounds returns the first example of every setting, the second one of those that have two, and so on.
func rounds(kind string) (all []map[string]string) {
	for name, s := range settings {
		examples := map[string][]string{"good": s.good, "bad": s.bad}[kind]
		for i, value := range examples {
			if i == len(all) {
				all = append(all, map[string]string{})
			}
			all[i][name] = value
		}
	}
	return all
}

// Limits of sizes are checked by a template: the schema cannot compare texts.
func TestSizesBeyondTheirLimit(t *testing.T) {
	for name, value := range map[string]string{
		"ROCKET_MAX_RESPONSE_BYTES": "1073741825", "CACHE_MAX_ENTRY_BYTES": "1073741825", "CACHE_MEMORY_BYTES": "1099511627777",
	} {
		_, err := withSettings(t, map[string]string{name: value})
		if err == nil || !strings.Contains(err.Error(), "config."+name+" must be at most") {
			t.Errorf("%s %s: got %v", name, value, err)
		}
		if faultOf(name, value) == "" {
			t.Errorf("%s %s: the gateway accepts it", name, value)
		}
	}
}

// faultOf returns the fault that the gateway finds in a value of a setting.
func faultOf(name, value string) string {
	environ := []string{"AUTH_MODE=none", "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "CACHE_MAX_ENTRY_BYTES=1", name + "=" + value}
	_, err := config.Load(environ)
	if err == nil || !strings.Contains(err.Error(), name+": ") {
		return ""
	}
	return err.Error()
}

// withSettings renders the chart with settings, beside the required ones.
func withSettings(t *testing.T, some map[string]string) (string, error) {
	t.Helper()
	all := map[string]string{"AUTH_MODE": "none", "ROCKET_USERNAME": "u", "CACHE_MAX_ENTRY_BYTES": "1"}
	if some["DOCS_OIDC_ISSUER"] != "" {
		all["DOCS_OIDC_CLIENT_ID"] = "docs"
	}
	maps.Copy(all, some)
	content, err := json.Marshal(map[string]any{
		"config": all, "files": map[string]any{"ROCKET_PASSWORD_FILE": map[string]string{"secret": "s", "key": "k"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return helm(t, "template", "costs", chart, "--values", written(t, string(content)))
}

// A new setting whose values can be wrong has examples here, and so a definition in the schema.
func TestEverySettingHasExamples(t *testing.T) {
	plain := variables(t).config
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		_, checked := settings[name]
		if refuses := faultOf(name, "\x00 {}") != ""; refuses != checked {
			t.Errorf("%s: the gateway refuses values of it: %t; settings_test.go has examples: %t", name, refuses, checked)
		}
	}
}
