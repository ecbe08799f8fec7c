package e2e_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const usagesPath = "/v1/azure/usages?period=2025-06"

// shortTokens is a lifetime of tokens that a test can wait for, and that no request outlives on a busy machine.
const shortTokens = 10 * time.Second

// The main job: a miss, a hit from memory, and after a restart a hit from Redis, with one request to Rocket.
func TestARestartSurvivesInRedis(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	store := testkit.StartRedis(t)
	first := serve(t, rocket, "REDIS_URL="+store.URL())
	miss := get(t, first.api+usagesPath)
	miss.want(t, 200, "fwd=miss; fwd-status=200; stored")
	get(t, first.api+usagesPath).want(t, 200, "hit; ttl=86")
	first.stop()

	second := serve(t, rocket, "REDIS_URL="+store.URL())
	hit := get(t, second.api+usagesPath)
	hit.want(t, 200, "hit; ttl=86")
	if !strings.HasSuffix(hit.Header.Get("Cache-Status"), "detail=redis") {
		t.Errorf("Cache-Status %q, want detail=redis", hit.Header.Get("Cache-Status"))
	}
	if hit.body != miss.body || hit.Header.Get("Etag") != miss.Header.Get("Etag") || len(hit.body) < 1000 {
		t.Error("the body changed over the restart")
	}
	if n := sim.Counts(); n.Total() != 1 || n.Logins != 1 {
		t.Errorf("Rocket saw %+v, want one request and one login", n)
	}
	second.stop()
}

// The simulator as a separate process, with all endpoints of all providers.
func TestEveryEndpointAgainstTheStandIn(t *testing.T) {
	t.Parallel()
	sim := start(t, "rocketsim", nil, "-addr", "127.0.0.1:0", "-username", username, "-password", password, "-customers", "20")
	rocket := sim.await(func(line string) (string, bool) {
		_, rest, ok := strings.Cut(line, "url=")
		url, _, _ := strings.Cut(rest, " ")
		return url, ok
	})
	g := serve(t, rocket)
	for _, provider := range []string{"azure", "aws", "gcp"} {
		for _, endpoint := range []string{
			"usages", "customers", "subscriptions", "resellers", "indicators", "by-day", "by-month", "by-publisher", "by-category", "by-tag",
		} {
			url := g.api + "/v1/" + provider + "/" + endpoint + "?period=previous"
			a := get(t, url)
			a.want(t, 200, "fwd=miss; fwd-status=200; stored")
			if len(a.body) < 100 {
				t.Errorf("%s: %s", url, a.body)
			}
			get(t, url).want(t, 200, "hit; ttl=")
		}
	}
	stop(t, sim)
	get(t, g.api+usagesPath).want(t, 502, "fwd=miss")
	get(t, g.api+"/v1/azure/usages?period=previous").want(t, 200, "hit; ttl=")
}

// Composed resources share entries with single queries, in both directions and over replicas.
func TestComposedResources(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	store := testkit.StartRedis(t)
	first, second := serve(t, rocket, "REDIS_URL="+store.URL()), serve(t, rocket, "REDIS_URL="+store.URL(), "BILLING_CURRENCY=BRL")
	get(t, first.api+"/v1/azure/usages?period=2025-05").want(t, 200, "fwd=miss; fwd-status=200; stored")
	get(t, first.api+"/v1/azure/trend?months=3&until=2025-06").want(t, 200, "fwd=miss; fwd-status=200")
	get(t, second.api+"/v1/azure/usages/top?period=2025-04").want(t, 200, "hit; ttl=86")
	trend := get(t, second.api+"/v1/azure/trend?months=3&until=2025-06&format=csv")
	trend.want(t, 200, "hit; ttl=86")
	header := "id,parent_id,resource_type,name,2025-04,2025-05,2025-06,total,change,change_ratio\r\n"
	if !strings.HasPrefix(trend.body, header) {
		t.Errorf("%.200s", trend.body)
	}
	if n := sim.Counts().Total(); n != 3 {
		t.Errorf("%d requests to Rocket, want 3", n)
	}
	overview := get(t, second.api+"/v1/azure/overview?period=2025-06")
	overview.want(t, 200, "fwd=miss; fwd-status=200")
	if !strings.HasPrefix(overview.body, `{"currency":"BRL","period":`) {
		t.Errorf("%.200s", overview.body)
	}
	if n := sim.Counts().Total(); n != 6 {
		t.Errorf("%d requests to Rocket, want 6", n)
	}
}

func TestOAuthV1(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	g := serve(t, rocket, "ROCKET_AUTH=oauth_v1", "ROCKET_OAUTH_URL="+strings.TrimSuffix(rocket, "/rocketsvc")+"/api/v1")
	get(t, g.api+usagesPath).want(t, 200, "fwd=miss; fwd-status=200; stored")
	if n := sim.Counts().Logins; n != 1 {
		t.Errorf("%d logins, want 1", n)
	}
	g.awaitLine("deprecated")
}

// A token is renewed before it expires. Callers notice nothing.
func TestATokenThatExpiresIsRenewedUnnoticed(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.TokenLifetime = shortTokens })
	g := serve(t, rocket, "CACHE_FRESH_CLOSED=0s", "CACHE_STALE_WHILE_REVALIDATE=0s", "CACHE_REFRESH_FLOOR=0s")
	testkit.Until(t, "the token is renewed", func() bool {
		a := get(t, g.api+usagesPath)
		if a.StatusCode != 200 || strings.Contains(a.Header.Get("Cache-Status"), "fwd-status=4") {
			t.Fatalf("%d %s %s", a.StatusCode, a.Header.Get("Cache-Status"), a.body)
		}
		return sim.Counts().Logins > 1
	})
}

// No request fails for Redis, whatever becomes of it, and it is used again when it is back.
func TestRedisComesAndGoes(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	store := testkit.StartRedis(t)
	store.Kill()
	g := serve(t, rocket, "REDIS_URL="+store.URL())
	get(t, g.api+usagesPath).want(t, 200, "fwd=miss; fwd-status=200; stored")
	get(t, g.api+usagesPath).want(t, 200, "hit; ttl=")
	store.Start()
	queries := 0
	testkit.Until(t, "Redis is used again", func() bool {
		queries++
		get(t, g.api+usagesPath+"&reseller_id="+strconv.Itoa(queries)).want(t, 200, "fwd=miss")
		return strings.Contains(g.text(), "redis available again")
	})
	get(t, g.api+usagesPath+"&customer_id=x").want(t, 200, "fwd=miss; fwd-status=200; stored")
	other := serve(t, rocket, "REDIS_URL="+store.URL())
	calls := sim.Counts().Total()
	get(t, other.api+usagesPath+"&customer_id=x").want(t, 200, "hit; ttl=")
	if n := sim.Counts().Total(); n != calls {
		t.Errorf("%d more requests to Rocket", n-calls)
	}
}

// Passwords and tokens are in no log line, metric or Redis value, however much is said.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	store := testkit.StartRedis(t)
	g := serve(t, rocket, "REDIS_URL="+store.URL(), "LOG_LEVEL=debug")
	get(t, g.api+usagesPath)
	get(t, g.api+usagesPath)
	client := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = client.Close() }()
	var stored strings.Builder
	for _, key := range client.Keys(context.Background(), "*").Val() {
		stored.WriteString(key + client.Get(context.Background(), key).Val())
	}
	for what, text := range map[string]string{"log": g.text(), "metrics": get(t, g.admin+"/metrics").body, "Redis": stored.String()} {
		if len(text) < 100 {
			t.Errorf("the %s is too short to tell: %q", what, text)
		}
		for _, secret := range []string{password, "eyJhbGciOi"} { // every JWT begins so
			if strings.Contains(text, secret) {
				t.Errorf("the %s holds %q", what, secret)
			}
		}
	}
}

func TestMetricsCount(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serve(t, rocket)
	get(t, g.api+usagesPath)
	get(t, g.api+usagesPath)
	get(t, g.api+usagesPath+"&foo=1")
	for _, line := range []string{
		`rocket_gateway_requests_total{cache="miss",route="/v1/{provider}/usages",status="200"} 1`,
		`rocket_gateway_requests_total{cache="hit-memory",route="/v1/{provider}/usages",status="200"} 1`,
		`rocket_gateway_requests_total{cache="none",route="/v1/{provider}/usages",status="400"} 1`,
		`rocket_gateway_upstream_requests_total{endpoint="usages",provider="azure",status="200"} 1`,
		`rocket_gateway_memory_entries 1`,
	} {
		g.awaitMetric(line)
	}
}

// net/http itself cuts off what no handler should see.
func TestHugeHeadersAreCutOff(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serve(t, rocket)
	c, err := net.Dial("tcp", strings.TrimPrefix(g.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(patience))
	_, _ = c.Write([]byte("GET /v1/azure/usages HTTP/1.1\r\nHost: x\r\nCookie: " + strings.Repeat("x", 1<<20) + "\r\n\r\n"))
	b := make([]byte, 64)
	n, _ := c.Read(b)
	if !strings.HasPrefix(string(b[:n]), "HTTP/1.1 431 ") {
		t.Errorf("%q", b[:n])
	}
	if a := get(t, g.api+usagesPath); a.StatusCode != http.StatusOK {
		t.Errorf("afterwards %d", a.StatusCode)
	}
}

// A request that Rocket holds for longer than SHUTDOWN_TIMEOUT is cut off, and the process ends well.
func TestWhatDoesNotEndInTimeIsCutOff(t *testing.T) {
	t.Parallel()
	rocket, url := standGated(t)
	g := serve(t, url, "SHUTDOWN_TIMEOUT=300ms")
	var callers sync.WaitGroup
	for n := range 5 {
		callers.Go(func() {
			resp, err := http.Get(g.api + usagesPath + "&customer_id=" + strconv.Itoa(n))
			if err == nil {
				_ = resp.Body.Close()
			}
		})
	}
	rocket.awaitPosts(t, 5)
	g.stop()
	callers.Wait()
}

// Faults of the keys are reported with all others.
func TestFaultsOfKeysAreReportedWithTheOthers(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, []byte("no PEM"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, env := range [][]string{
		{"AUTH_PUBLIC_KEY_FILE=" + file},
		{"AUTH_HS256_SECRET=" + authSecret, "AUTH_ALGORITHMS=RS256"},
	} {
		variable, _, _ := strings.Cut(env[len(env)-1], "=")
		for _, command := range []string{"serve", "config"} {
			status, text := output(t, append([]string{"ROCKET_USERNAME=u", "LOG_LEVEL=x"}, env...), command)
			for _, want := range []string{variable, "LOG_LEVEL", "ROCKET_PASSWORD"} {
				if status != 1 || strings.Count(text, "gateway: "+want+": ") != 1 {
					t.Errorf("%s with %v: exit status %d, %s should be named once:\n%s", command, env, status, want, text)
				}
			}
		}
	}
}

// A request for nothing in particular goes the way of all others.
func TestOptionsOfTheServer(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serve(t, rocket)
	conn, err := net.Dial("tcp", strings.TrimPrefix(g.api, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(patience))
	_, _ = io.WriteString(conn, "OPTIONS * HTTP/1.1\r\nHost: gateway\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusNotFound || resp.Header.Get("X-Request-Id") == "" {
		t.Errorf("%s %v", resp.Status, resp.Header)
	}
}
