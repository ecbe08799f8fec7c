package e2e_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// explanation is the JSON of the contract, as another program reads it.
type explanation struct {
	ContentLocation string `json:"content_location"`
	Upstream        struct {
		Path string
		Body struct{ Filters []struct{ Key, Value string } }
	}
	Account       string
	Memory, Redis *struct {
		FetchedAt   time.Time `json:"fetched_at"`
		Age         int
		FreshUntil  time.Time `json:"fresh_until"`
		UsableUntil time.Time `json:"usable_until"`
		State, ETag string
		Bytes       int
		Purged      bool
	}
	Would, Reason string
	Parts         []explanation
}

// explain has the command explain a target at a gateway.
func explain(t *testing.T, g *gateway, target string, flags ...string) (x explanation) {
	t.Helper()
	status, text := output(t, adminOf(g), append([]string{"explain", "--json", target}, flags...)...)
	if err := json.Unmarshal([]byte(text), &x); err != nil || status != 0 {
		t.Fatalf("exit status %d, %v: %s", status, err, text)
	}
	return x
}

func adminOf(g *gateway) []string {
	return []string{"ADMIN_ADDR=" + strings.TrimPrefix(g.admin, "http://")}
}

// The built command explains what a built gateway does, over the life of an entry in both tiers, and Rocket gets no request for that.
func TestExplainFollowsAnEntry(t *testing.T) {
	t.Parallel()
	gone := &syncFlag{}
	sim, rocket := standBehind(t, gone)
	store := testkit.StartRedis(t)
	one, two := serveProcess(t, rocket, "REDIS_URL="+store.URL()), serveProcess(t, rocket, "REDIS_URL="+store.URL())

	if x := explain(t, one, usagesPath); x.Would != "fetch" || x.Memory != nil || x.Redis != nil || sim.Counts().Total() != 0 {
		t.Errorf("before the first request: %+v, %d requests to Rocket", x, sim.Counts().Total())
	}
	served := get(t, one.api+usagesPath)
	served.want(t, 200, "fwd=miss; fwd-status=200; stored")
	calls := sim.Counts().Total()
	x := explain(t, one, usagesPath+"&sort=-actual&limit=3")
	switch m := x.Memory; {
	case x.Would != "hit" || m == nil || x.Redis == nil || *m != *x.Redis:
		t.Errorf("%+v, memory %+v, redis %+v", x, m, x.Redis)
	case m.State != "closed" || m.Bytes != len(served.body) || m.ETag != served.Header.Get("Etag") || m.Purged:
		t.Errorf("%+v", m)
	case m.FreshUntil.Sub(m.FetchedAt) != 24*time.Hour || m.UsableUntil.Sub(m.FetchedAt) != 96*time.Hour || m.Age < 0:
		t.Errorf("%+v", m)
	}
	if want := served.Header.Get("Content-Location") + "&sort=-actual&limit=3"; x.ContentLocation != want || x.Account != "default" {
		t.Errorf("%s of %s, want %s", x.ContentLocation, x.Account, want)
	}
	if f := x.Upstream.Body.Filters; x.Upstream.Path != "/api/v4/azure/usages" || len(f) != 13 || f[0].Key != "start_time" ||
		f[0].Value != "2025-06-01" {
		t.Errorf("%+v", x.Upstream)
	}
	if x := explain(t, two, served.Header.Get("Content-Location")); x.Would != "hit" || x.Memory != nil ||
		!strings.Contains(x.Reason, "served from redis") {
		t.Errorf("at the other replica: %+v", x)
	}
	if x := explain(t, two, usagesPath); x.Memory != nil {
		t.Error("an explanation put an entry into memory")
	}

	gone.set()
	purgeNow(t, one, "--tag", "period:2025-06")
	if x := explain(t, one, usagesPath); x.Would != "stale" || !x.Memory.Purged || !x.Redis.Purged || !strings.Contains(x.Reason, "a purge") {
		t.Errorf("after a soft purge: %+v", x)
	}
	purgeNow(t, one, "--hard", "--all")
	if x := explain(t, one, usagesPath); x.Would != "fetch" || !strings.Contains(x.Reason, "a hard purge deleted it") {
		t.Errorf("after a hard purge: %+v", x)
	}
	if n := sim.Counts().Total(); n != calls {
		t.Errorf("%d requests to Rocket for explanations", n-calls)
	}
}

func purgeNow(t *testing.T, g *gateway, args ...string) {
	t.Helper()
	if status, text := output(t, adminOf(g), append([]string{"purge"}, args...)...); status != 0 {
		t.Fatalf("exit status %d, %s", status, text)
	}
}

// While Rocket fails, the reason says so and since when.
func TestExplainAnOutage(t *testing.T) {
	t.Parallel()
	gone := &syncFlag{}
	_, rocket := standBehind(t, gone)
	g := serveProcess(t, rocket, "CACHE_FRESH_CLOSED=1s", "CACHE_STALE_WHILE_REVALIDATE=0s", "ROCKET_TIMEOUT=5s")
	get(t, g.api+usagesPath).want(t, 200, "fwd=miss; fwd-status=200; stored")
	gone.set()
	const want = `^fetched .*; its month is closed, so it was fresh for 1 second; Rocket has been failing since \d{4}-[^;]*Z; ` +
		`(the last fetch failed \([^;]*\), and none is sent before [^;]*Z; )?served stale from memory until \d{4}-.*Z\.$`
	var x explanation
	testkit.Until(t, "Rocket is known to fail", func() bool {
		get(t, g.api+usagesPath)
		x = explain(t, g, usagesPath)
		return regexp.MustCompile(want).MatchString(x.Reason)
	})
	if x.Would != "stale" {
		t.Errorf("%+v", x)
	}
}

// People read a table; what is wrong says what to change.
func TestExplainForPeople(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := serveProcess(t, rocket)
	get(t, g.api+usagesPath).want(t, 200, "fwd=miss")
	for _, c := range []struct {
		args   []string
		status int
		want   []string
	}{
		{[]string{usagesPath}, 0, []string{
			`(?m)^query +/v1/azure/usages\?start_time=2025-06-01&`, `(?m)^would +hit$`, `(?m)^reason +fetched .* served from memory, fresh until`,
			`(?m)^account +default$`, `(?m)^request to Rocket +POST /api/v4/azure/usages$`, `(?m)^memory +closed, \d+ bytes, W/"`,
			`(?m)^  fresh until +\S+Z, in 2[34]h`, `(?m)^redis +nothing$`,
		}},
		{[]string{"/v1/azure/trend?months=2&until=2025-06"}, 0, []string{
			`(?m)^would +fetch$`, `(?m)^reason +made from 2 parts, .*fetch for 2025-05; hit for 2025-06\.$`,
			`(?m)^2025-05 +fetch: nothing is cached`,
			`(?m)^2025-06 +hit: fetched`, `(?m)^  query +/v1/azure/usages\?start_time=2025-05-01&`,
		}},
		{
			[]string{"/v1/azure/usages/top?period=2025-06"}, 0,
			[]string{`(?m)^would +hit$`, `(?m)^query +/v1/azure/usages/top\?start_time=2025-06-01`},
		},
		{[]string{"/v1/azure/usages?x=1"}, 1, []string{`^gateway: 400 Bad Request: query is invalid: x is not a parameter`}},
		{[]string{usagesPath, "--account", "other"}, 1, []string{`account does not serve this query; use default\.`}},
		{[]string{usagesPath, "--admin", "127.0.0.1:1"}, 1, []string{`no gateway responds at http://127.0.0.1:1; --admin or ADMIN_ADDR`}},
		{nil, 2, []string{`a query is required, as in gateway explain '/v1/`}},
	} {
		status, text := output(t, adminOf(g), append([]string{"explain"}, c.args...)...)
		for _, want := range c.want {
			if !regexp.MustCompile(want).MatchString(text) || status != c.status {
				t.Errorf("%q: exit status %d, no %s in\n%s", c.args, status, want, text)
			}
		}
	}
}

// A token needs the scope; the account is to be chosen if it depends on the caller's token.
func TestExplainWithTokensAndAccounts(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t)
	dir := t.TempDir()
	keep(t, filepath.Join(dir, "password"), password)
	file := keep(t, filepath.Join(dir, "accounts.yaml"), `
accounts:
  - {name: brasil, username: service@reseller.example, password_file: password}
  - {name: latam, url: "`+strings.TrimSuffix(rocket, "/rocketsvc")+`", username: service@reseller.example, password_file: password}
rules:
  - {claim: {name: scope, values: ["usage:read"]}, providers: [azure], account: latam}
default: brasil
`)
	g := guarded(t, rocket, "ROCKET_USERNAME=", "ROCKET_PASSWORD=", "ROCKET_ACCOUNTS_FILE="+file)
	token := mint(t, "cache:inspect")
	entry := g.admin + "/cache/entry?query=" + url.QueryEscape(usagesPath)
	for _, c := range []struct {
		url, token string
		status     int
		want       string
	}{
		{entry, "", 401, "has no token"},
		{entry, mint(t, "usage:read cache:purge", everything()...), 403, "lacks the scope cache:inspect"},
		{entry, token, 400, "account is required: which account serves this query depends on the caller's token; it is latam or brasil"},
		{entry + "&account=emea", token, 400, "account does not serve this query; use latam or brasil"},
		{entry + "&account=brasil", token, 200, `"account":"brasil","memory":null`},
		{entry + "&account=latam", token, 200, `"account":"latam","memory":null`},
		{strings.Replace(entry, "azure", "aws", 1), token, 200, `"account":"brasil"`},
	} {
		if resp, body := ask(t, http.MethodGet, c.url, c.token); resp.StatusCode != c.status || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s, want %d %s", c.url, resp.StatusCode, body, c.status, c.want)
		}
	}
	if resp, _ := ask(t, http.MethodGet, g.api+usagesPath, mint(t, "usage:read", everything()...)); resp.StatusCode != 200 {
		t.Fatal(resp.StatusCode)
	}
	calls := sim.Counts().Total()
	flags := []string{"--token", token, "--account"}
	if x := explain(t, g, usagesPath, append(slices.Clone(flags), "latam")...); x.Would != "hit" {
		t.Errorf("%+v", x)
	}
	if x := explain(t, g, usagesPath, append(flags, "brasil")...); x.Would != "fetch" {
		t.Errorf("%+v", x)
	}
	if n := sim.Counts().Total(); n != calls {
		t.Errorf("%d requests to Rocket for explanations", n-calls)
	}
}
