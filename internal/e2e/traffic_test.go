package e2e_test

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// traffic is a fleet and its callers: two replicas on one Redis, in front of a Rocket that fails for a while, and behind an
// issuer who publishes keys.
type traffic struct {
	replicas    []*gateway
	store       *testkit.Redis
	gone        syncFlag // Rocket responses 503
	token       string
	disruptions []disruption
	client      *http.Client
}

func newTraffic(t *testing.T) *traffic {
	t.Helper()
	f := &traffic{store: testkit.StartRedis(t), client: &http.Client{Timeout: patience}}
	t.Cleanup(f.client.CloseIdleConnections)
	issuer, token := issuerOf(t)
	f.token = token
	_, rocket := standBehind(t, &f.gone)
	for range 2 {
		f.replicas = append(f.replicas, serve(t, rocket, "REDIS_URL="+f.store.URL(), "AUTH_MODE=jwt", "AUTH_JWKS_URL="+issuer,
			"CACHE_FRESH_CLOSED=2s", "CACHE_STALE_WHILE_REVALIDATE=1s", "CACHE_REFRESH_FLOOR=0s", "RATE_LIMIT=100000/1m", "AUDIT_LOG=off"))
	}
	return f
}

// disruption is what is wrong for a while.
type disruption struct {
	what     string
	from, to time.Time
}

// issuerOf publishes a key, and returns a token that it has signed.
func issuerOf(t *testing.T) (url, token string) {
	t.Helper()
	public, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	keys, _ := json.Marshal(map[string]any{"keys": []map[string]string{
		{"kty": "OKP", "crv": "Ed25519", "kid": "1", "x": base64.RawURLEncoding.EncodeToString(public)},
	}})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(keys) }))
	t.Cleanup(server.Close)
	unsigned := jwt.NewWithClaims(jwt.SigningMethodEdDSA, jwt.MapClaims{
		"sub": "ana", "scope": "usage:read cache:purge", "exp": time.Now().Add(time.Hour).Unix(), "profiles": everything(),
	})
	unsigned.Header["kid"] = "1"
	if token, err = unsigned.SignedString(private); err != nil {
		t.Fatal(err)
	}
	return server.URL, token
}

// live is the story: all is well, then Rocket fails, then all is well, then Redis is killed, then all is well. Each part lasts for
// its share of the story, and until every replica has noticed. Callers ask all the time, and go on until the test ends.
func (f *traffic) live(t *testing.T, story time.Duration) {
	t.Helper()
	for _, r := range f.replicas {
		testkit.Until(t, "the replica is ready", func() bool { return get(t, r.admin+"/readyz").StatusCode == http.StatusOK })
	}
	ctx := t.Context()
	var callers sync.WaitGroup
	for c := range 6 {
		callers.Go(func() { f.call(ctx, c) })
	}
	t.Cleanup(callers.Wait)
	f.last(t, story/3, `rocket_gateway_requests_total{cache="hit-memory".* [1-9]`)
	f.send(ctx, http.MethodPost, f.replicas[0].admin+"/cache/purge", `{"all":true}`, "Authorization", "Bearer "+f.token)
	f.suffer(t, "Rocket fails", story/6, `rocket_gateway_stale_answers_total{.* [1-9]`, f.gone.set, func() { f.gone.on.Store(false) })
	f.last(t, story/6, "")
	f.suffer(t, "Redis is down", story/12, `rocket_gateway_redis_away 1`, f.store.Kill, f.store.Start)
	f.last(t, story/4, `rocket_gateway_redis_away 0`)
}

// suffer has something wrong until it has lasted and every replica shows it.
func (f *traffic) suffer(t *testing.T, what string, least time.Duration, metric string, begin, end func()) {
	t.Helper()
	from := time.Now()
	begin()
	f.last(t, least, metric)
	end()
	f.disruptions = append(f.disruptions, disruption{what, from, time.Now()})
}

// last waits for a part of the story, and until every replica has a metric that the pattern matches.
func (f *traffic) last(t *testing.T, least time.Duration, metric string) {
	t.Helper()
	begun, pattern := time.Now(), regexp.MustCompile("(?m)^"+metric)
	testkit.Until(t, "every replica shows "+metric, func() bool {
		return time.Since(begun) >= least && !slices.ContainsFunc(f.replicas, func(r *gateway) bool {
			return !pattern.MatchString(get(t, r.admin+"/metrics").body)
		})
	})
}

// call asks until ctx ends: often for the same few things, now and then for something new, and now and then in vain.
func (f *traffic) call(ctx context.Context, caller int) {
	for n := caller * 7; ctx.Err() == nil; n++ {
		url := f.replicas[(caller+n)%len(f.replicas)].api + fmt.Sprintf("/v1/%s/%s?period=2025-%02d",
			[]string{"azure", "aws", "gcp"}[n%3], []string{"usages", "by-day"}[n%2], 1+n%4)
		header := []string{"Authorization", "Bearer " + f.token}
		switch {
		case n%10 == 0:
			url += fmt.Sprintf("&customer_id=c-%d-%d", caller, n)
		case n%37 == 0:
			header = nil
		case n%41 == 0:
			url += "&unknown=1"
		case n%43 == 0:
			header = append(header, "Cache-Control", "no-cache")
		}
		f.send(ctx, http.MethodGet, url, "", header...)
		select {
		case <-ctx.Done():
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// send asks once, whatever comes.
func (f *traffic) send(ctx context.Context, method, url, body string, header ...string) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	_ = resp.Body.Close()
}
