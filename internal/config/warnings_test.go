package config_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

func TestUnknownVariables(t *testing.T) {
	for name, near := range map[string]string{
		"ROCKET_USERNMAE":                      "ROCKET_USERNAME",
		"ROCKET_PASWORD":                       "ROCKET_PASSWORD",
		"ROCKET_PASSWORD_FIEL":                 "ROCKET_PASSWORD_FILE",
		"ROCKET_USERNAME_FILE":                 "ROCKET_USERNAME", // no secret, so no file
		"CACHE_FRESH_OPENED":                   "CACHE_FRESH_OPEN",
		"CACHE_MEMORY":                         "CACHE_MEMORY_BYTES",
		"AUTH_MODES":                           "AUTH_MODE",
		"ROCKET_TIMEOUT_SECONDS":               "",
		"CACHE_TTL":                            "",
		"RATE_LIMITS":                          "RATE_LIMIT",
		"UPSTREAM_QUOTAS":                      "UPSTREAM_QUOTA",
		"REDIS_POOL":                           "REDIS_URL",
		"REDIS_URI":                            "REDIS_URL",
		"REDIS_PORT":                           "REDIS_URL",
		"REDIS_HOST":                           "REDIS_URL",
		"REDIS_TLS_URL":                        "REDIS_URL",
		"REDIS_PASSWORD":                       "REDIS_URL", // not ROCKET_PASSWORD
		"REDIS_PASSWORDS":                      "",
		"TOKEN_URL":                            "",
		"TOKEN_FOO":                            "",
		"AUDIT_LOGS":                           "AUDIT_LOG",
		"BILLING_CUR":                          "BILLING_CURRENCY",
		"LISTEN_ADDRESS":                       "LISTEN_ADDR",
		"LOG_LEVL":                             "LOG_LEVEL",
		"TLS_MIN":                              "",
		"CORS_MAX":                             "",
		"SHUTDOWN_FOO":                         "",
		"DOCS_X":                               "",
		"ROCKET_" + strings.Repeat("X", 4_000): "",
	} {
		t.Run(name[:min(len(name), 40)], func(t *testing.T) {
			warnings := load(t, with(name+"="+password)).Warnings
			if len(warnings) != 1 || !strings.HasPrefix(warnings[0], name+" is not a setting") {
				t.Fatalf("got warnings %q, want one about %s", warnings, name)
			}
			_, got, _ := strings.Cut(warnings[0], "; did you mean ")
			if strings.TrimSuffix(got, "?") != near {
				t.Errorf("suggests %q, want %q", got, near)
			}
			wantNoSecret(t, warnings) // a mistyped secret is still one
		})
	}
}

// What containers, Kubernetes, systemd and other programs set is no misspelt setting.
func TestSilentVariables(t *testing.T) {
	environ := with(
		"PATH=/bin", "HOME=/root", "HOSTNAME=gateway-0", "LANG=C.UTF-8", "TZ=UTC", "SSL_CERT_FILE=/ca.pem", "HTTPS_PROXY=http://proxy:3128",
		"GOMEMLIMIT=900MiB", "OTEL_SERVICE_NAME=x", "GATEWAY_TOKEN=x", "POD_NAME=gateway-0", "ROCKET=1", "rocket_url=x", "MY_ROCKET_URL=x",
		"CACHED_X=1", "AUTHOR=me", "LOGNAME=root", "TOKENS_X=1", "ROCKET_USERNMAE=", // the last one is set to nothing
		// Kubernetes, for services that are called redis, rocket and rocket-gateway
		"KUBERNETES_SERVICE_HOST=10.96.0.1", "KUBERNETES_PORT=tcp://10.96.0.1:443",
		"REDIS_SERVICE_HOST=10.96.0.2", "REDIS_SERVICE_PORT=6379", "REDIS_SERVICE_PORT_REDIS=6379", "REDIS_PORT=tcp://10.96.0.2:6379",
		"REDIS_PORT_6379_TCP=tcp://10.96.0.2:6379", "REDIS_PORT_6379_TCP_PROTO=tcp", "REDIS_PORT_6379_TCP_PORT=6379",
		"REDIS_PORT_6379_TCP_ADDR=10.96.0.2", "ROCKET_PORT=udp://10.96.0.3:53", "ROCKET_PORT_53_UDP_ADDR=10.96.0.3",
		"ROCKET_GATEWAY_SERVICE_HOST=10.96.0.4", "ROCKET_GATEWAY_SERVICE_PORT_HTTP=80", "REDIS_HA_HAPROXY_SERVICE_HOST=10.96.0.5",
		// Docker, for a link to a container that is called redis, with a range of ports
		"REDIS_NAME=/gateway/redis", "REDIS_ENV_REDIS_VERSION=7.2.5", "REDIS_ENV_PATH=/bin", "REDIS_PORT_7000_TCP_START=tcp://172.17.0.2:7000",
		"REDIS_PORT_7000_TCP_END=tcp://172.17.0.2:7005", "REDIS_PORT_7000_TCP_PORT_START=7000", "REDIS_PORT_7000_TCP_PORT_END=7005",
		// systemd
		"LISTEN_PID=1", "LISTEN_PIDFDID=7", "LISTEN_FDS=1", "LISTEN_FDNAMES=api", "LOGS_DIRECTORY=/var/log/gateway",
		"CACHE_DIRECTORY=/var/cache/gateway", "LOG_NAMESPACE=gateway",
	)
	if warnings := load(t, environ).Warnings; warnings != nil {
		t.Errorf("warnings: %q", warnings)
	}
}

// Platforms set an address in parts, or in other forms, beside REDIS_URL. Without it, an operator may believe that the parts work.
func TestVariablesOfPlatformsBesideREDIS_URL(t *testing.T) {
	parts := with("REDIS_HOST=cache.example.com", "REDIS_PORT=6379", "REDIS_USER=u", "REDIS_USERNAME=u", "REDIS_PASSWORD="+redisPassword,
		"REDIS_TLS_URL=rediss://cache.example.com", "REDIS_TEMPORARY_URL=redis://cache.example.com")
	if warnings := load(t, parts).Warnings; len(warnings) != len(parts)-len(required) {
		t.Errorf("alone: warnings %q", warnings)
	}
	for _, own := range []string{"REDIS_URL=" + redisURL, "REDIS_URL_FILE=" + file(t, redisURL)} {
		if warnings := load(t, append(parts, own)).Warnings; warnings != nil {
			t.Errorf("beside %s: warnings %q", own, warnings)
		}
		if warnings := load(t, with(own, "REDIS_POOL_SIZE=10", "REDIS_PASSWORDS=x", "REDIS_KEY_PREFX=x")).Warnings; len(warnings) != 3 {
			t.Errorf("others beside %s: warnings %q", own, warnings)
		}
	}
}

// A setting of a later version, which a roll-back leaves, has the first word of one of this version, or no warning.
func TestEveryFirstWordIsWarnedOf(t *testing.T) {
	for _, name := range config.Names() {
		if word, _, ok := strings.Cut(name, "_"); ok {
			if warnings := load(t, with(word+"_ZZZZZZZZ=1")).Warnings; len(warnings) != 1 {
				t.Errorf("%s_ZZZZZZZZ: warnings %q", word, warnings)
			}
		}
	}
}

func TestWarningsAreSorted(t *testing.T) {
	c := load(t, with("ROCKET_ZZZZ=1", "AUTH_ZZZZ=1", "CACHE_ZZZZ=1", "ROCKET_AAAA=1"))
	if len(c.Warnings) != 4 || !slices.IsSorted(c.Warnings) {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestPlainHTTP(t *testing.T) {
	for _, name := range []string{"ROCKET_URL", "ROCKET_OAUTH_URL"} {
		for base, warned := range map[string]bool{
			"http://rocket.example.com/rocketsvc": true,
			"HTTP://rocket.example.com":           true,
			"http://10.0.0.1:8080":                true,
			"http://0.0.0.0":                      true,
			"http://[fe80::1]:80":                 true,
			"http://localhost.example.com":        true,
			"http://127.0.0.1.example.com":        true,
			"http://localhost:8080/rocketsvc":     false,
			"http://127.0.0.1":                    false,
			"http://127.8.9.10:1234":              false,
			"http://[::1]:8080":                   false,
			"https://rocket.example.com":          false,
			"https://10.0.0.1":                    false,
		} {
			warnings := load(t, with(name+"="+base)).Warnings
			if got := len(warnings); got != count(warned) {
				t.Errorf("%s=%s: %d warnings, want %d: %q", name, base, got, count(warned), warnings)
			}
			if warned && len(warnings) > 0 && !strings.HasPrefix(warnings[0], name+" is plain http") {
				t.Errorf("%s=%s: warning %q", name, base, warnings[0])
			}
		}
	}
}

// A login is of no use to a page that is off, or that needs no tokens.
func TestALoginWithoutEffect(t *testing.T) {
	login := []string{"DOCS_OIDC_ISSUER=http://login.example.com", "DOCS_OIDC_CLIENT_ID=docs"}
	jwt := []string{"AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret}
	for _, tt := range []struct {
		others []string
		want   []string // the beginnings of the warnings
	}{
		{nil, []string{"DOCS_OIDC_CLIENT_ID has no effect with AUTH_MODE=none", "DOCS_OIDC_ISSUER has no effect with AUTH_MODE=none"}},
		{
			append(jwt, "DOCS=off"),
			[]string{"DOCS_OIDC_CLIENT_ID has no effect with DOCS=off", "DOCS_OIDC_ISSUER has no effect with DOCS=off"},
		},
		{jwt, []string{"DOCS_OIDC_ISSUER is plain http"}},
	} {
		warnings := load(t, with(append(login, tt.others...)...)).Warnings
		slices.Sort(warnings)
		if !slices.EqualFunc(warnings, tt.want, strings.HasPrefix) {
			t.Errorf("%q: warnings %q", tt.others, warnings)
		}
	}
}

func TestPlainHTTPToTheIssuer(t *testing.T) {
	for address, warned := range map[string]bool{
		"http://login.example.com/keys": true, "HTTP://10.0.0.1": true, "https://login.example.com": false,
		"http://localhost:8080/keys": false, "http://127.0.0.1": false, "http://[::1]:1/keys": false,
	} {
		warnings := load(t, with("AUTH_MODE=jwt", "AUTH_JWKS_URL="+address)).Warnings
		if len(warnings) != count(warned) || warned && !strings.HasPrefix(warnings[0], "AUTH_JWKS_URL is plain http") {
			t.Errorf("%s: warnings %q", address, warnings)
		}
	}
}

// An operator who sets keys and leaves the mode at none may believe that tokens are verified.
func TestSettingsOfTokensThatAreNotVerified(t *testing.T) {
	for name, value := range map[string]string{
		"AUTH_HS256_SECRET": authSecret, "AUTH_JWKS_URL": "http://login.example.com", "AUTH_PUBLIC_KEY_FILE": certFile,
		"AUTH_ALGORITHMS": "RS256", "AUTH_ISSUER": "x", "AUTH_AUDIENCE": "x", "AUTH_LEEWAY": "1s", "AUTH_PROFILES_CLAIM": "x",
	} {
		want := []string{name + " has no effect with AUTH_MODE=none; remove it, or set AUTH_MODE=jwt"}
		if warnings := load(t, with(name+"="+value)).Warnings; !slices.Equal(warnings, want) {
			t.Errorf("%s: warnings %q", name, warnings)
		}
	}
	want := []string{"AUTH_HS256_SECRET has no effect with AUTH_MODE=none; remove it, or set AUTH_MODE=jwt"}
	if warnings := load(t, with("AUTH_HS256_SECRET_FILE="+file(t, authSecret))).Warnings; !slices.Equal(warnings, want) {
		t.Errorf("from a file: warnings %q", warnings)
	}
	if warnings := load(t, with("AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret, "AUTH_LEEWAY=1s")).Warnings; warnings != nil {
		t.Errorf("with jwt: warnings %q", warnings)
	}
}

func TestFullAccessForOtherMachines(t *testing.T) {
	for address, advised := range map[string]string{
		":8080": "127.0.0.1:8080", "0.0.0.0:80": "127.0.0.1:80", "[::]:8443": "127.0.0.1:8443", "10.0.0.1:0": "127.0.0.1:0",
		"gateway.example.com:80": "127.0.0.1:80",
		"127.0.0.1:8080":         "", "127.8.9.10:1": "", "[::1]:8080": "", "localhost:8080": "",
	} {
		var want []string
		if advised != "" {
			want = []string{"AUTH_MODE=none grants every caller full access, and other machines can connect to LISTEN_ADDR (" + address +
				"): set AUTH_MODE=jwt, or LISTEN_ADDR=" + advised}
			if again := load(t, with("LISTEN_ADDR="+advised)).Warnings; again != nil {
				t.Errorf("the advice %s has warnings: %q", advised, again)
			}
		}
		if warnings := load(t, with("LISTEN_ADDR="+address)).Warnings; !slices.Equal(warnings, want) {
			t.Errorf("%s: warnings %q", address, warnings)
		}
		if warnings := load(t, with("LISTEN_ADDR="+address, "AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret)).Warnings; warnings != nil {
			t.Errorf("%s with jwt: warnings %q", address, warnings)
		}
	}
}

func TestLimitsThatReplicasCannotShare(t *testing.T) {
	for _, name := range []string{"RATE_LIMIT", "UPSTREAM_QUOTA"} {
		want := []string{name + " without REDIS_URL: each replica counts alone, so that a caller has the limit once per replica; " +
			"set REDIS_URL, or divide the limit by the number of replicas"}
		if warnings := load(t, with(name+"=600/1m")).Warnings; !slices.Equal(warnings, want) {
			t.Errorf("%s: warnings %q", name, warnings)
		}
		for _, more := range [][]string{{name + "=600/1m", "REDIS_URL=" + redisURL}, {name + "=off"}} {
			if warnings := load(t, with(more...)).Warnings; warnings != nil {
				t.Errorf("%s: warnings %q", more, warnings)
			}
		}
	}
	if warnings := load(t, with("RATE_LIMIT=1/1s", "UPSTREAM_QUOTA=1/1s")).Warnings; len(warnings) != 2 {
		t.Errorf("both: warnings %q", warnings)
	}
}

func TestPlainHTTPTwice(t *testing.T) {
	c := load(t, with("ROCKET_URL=http://rocket.example.com", "ROCKET_OAUTH_URL=http://login.example.com"))
	if len(c.Warnings) != 2 {
		t.Errorf("got %q, want one warning for each variable", c.Warnings)
	}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
