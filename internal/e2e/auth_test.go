package e2e_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

const authSecret = "a secret of the tests that is long enough"

// grant is a profile of a token.
type grant struct {
	Provider     string   `json:"provider"`
	ResourceType string   `json:"resource_type"`
	Resources    []string `json:"resources"`
}

func everything() []grant {
	return []grant{{"azure", "distributors", []string{"*"}}, {"aws", "distributors", []string{"*"}}, {"gcp", "distributors", []string{"*"}}}
}

// mint makes a token with a scope and profiles, good for an hour.
func mint(t *testing.T, scope string, profiles ...grant) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "ana", "iss": "https://login.example.com", "scope": scope, "exp": time.Now().Add(time.Hour).Unix(), "profiles": profiles,
	}).SignedString([]byte(authSecret))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// guarded serves with tokens asked for.
func guarded(t *testing.T, rocket string, env ...string) *gateway {
	t.Helper()
	return serve(t, rocket, append([]string{"AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret}, env...)...)
}

// ask sends a request with a token, and returns the response.
func ask(t *testing.T, method, url, token string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestWhoMayAsk(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := guarded(t, rocket)
	for _, tt := range []struct {
		what, token, path string
		status            int
		challenge         string
	}{
		{"no token", "", usagesPath, 401, `Bearer realm="rocket-gateway"`},
		{"no token of ours", "x.y.z", usagesPath, 401, `error="invalid_token"`},
		{"no scope", mint(t, "other", everything()...), usagesPath, 403, `error="insufficient_scope"`},
		{"no profile", mint(t, "usage:read"), usagesPath, 403, ""},
		{"all", mint(t, "usage:read", everything()...), usagesPath, 200, ""},
		{"me", mint(t, "usage:read", everything()...), "/v1/me", 200, ""},
		{"me without a token", "", "/v1/me", 401, `Bearer realm="rocket-gateway"`},
		{"the contract needs none", "", "/openapi.yaml", 200, ""},
		{"nor do the docs", "", "/docs/", 200, ""},
		{"nor do explanations", "", "/problems/forbidden", 200, ""},
	} {
		resp, body := ask(t, http.MethodGet, g.api+tt.path, tt.token)
		got := resp.Header.Get("WWW-Authenticate")
		if resp.StatusCode != tt.status || !strings.Contains(got, tt.challenge) || tt.challenge == "" && got != "" {
			t.Errorf("%s: %d, %q: %s", tt.what, resp.StatusCode, got, body)
		}
	}
}

func TestPurgingNeedsItsScope(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	g := guarded(t, rocket)
	for token, want := range map[string]int{"": 401, mint(t, "usage:read", everything()...): 403, mint(t, "cache:purge"): 200} {
		if got := purge(t, g, `{"all":true}`, "Authorization", "Bearer "+token); got != want {
			t.Errorf("%d, want %d", got, want)
		}
	}
	g.awaitLine(`"msg":"purge"`, `"subject":"ana"`)
}

// TestTenantsSeeNothingOfEachOther has callers of different reach ask for the shared list, interleaved, through memory, Redis, 304
// and HEAD. Every row that anybody sees is counted.
func TestTenantsSeeNothingOfEachOther(t *testing.T) {
	t.Parallel()
	sim, rocket := stand(t, func(o *rocketsim.Options) { o.Customers = 60 })
	store := testkit.StartRedis(t)
	replicas := []*gateway{guarded(t, rocket, "REDIS_URL="+store.URL()), guarded(t, rocket, "REDIS_URL="+store.URL())}
	const list = "/v1/azure/usages?period=2025-01&view=customers&cost=customers"
	_, whole := ask(t, http.MethodGet, replicas[0].api+list, mint(t, "usage:read", everything()...))
	all := ids(t, whole)
	if len(all) < 20 {
		t.Fatalf("%d customers are too few for this test", len(all))
	}
	var tenants sync.WaitGroup
	for n := range 6 {
		mine := all[3*n : 3*n+2+n%2]
		token := mint(t, "usage:read", grant{"azure", "customers", mine})
		tenants.Go(func() {
			etag := ""
			for i := range 40 {
				if i%10 == n {
					purge(t, replicas[n%2], `{"all":true}`, "Authorization", "Bearer "+mint(t, "cache:purge"))
				}
				g := replicas[(n+i)%2]
				resp, body := ask(t, http.MethodGet, g.api+list, token, "If-None-Match", etag, "Accept-Encoding", "identity")
				head, _ := ask(t, http.MethodHead, g.api+list, token, "Accept-Encoding", "identity")
				switch resp.StatusCode {
				case http.StatusOK:
					if got := ids(t, body); !slices.Equal(got, mine) {
						t.Errorf("tenant %d sees %v, and has %v", n, got, mine)
					}
					if head.ContentLength != int64(len(body)) || head.Header.Get("ETag") != resp.Header.Get("ETag") {
						t.Errorf("HEAD says %d bytes, %s; GET %d, %s", head.ContentLength, head.Header.Get("ETag"), len(body), resp.Header.Get("ETag"))
					}
					etag = resp.Header.Get("ETag")
				case http.StatusNotModified:
					if resp.Header.Get("ETag") != etag {
						t.Errorf("304 for another ETag")
					}
				default:
					t.Errorf("%d %s", resp.StatusCode, body)
				}
			}
		})
	}
	tenants.Wait()
	if n := sim.Counts().Total(); n > 60 { // one, and one or two after each of the 24 purges
		t.Errorf("%d requests to Rocket: the list is not shared", n)
	}
}

func ids(t *testing.T, body string) (all []string) {
	t.Helper()
	var rows []struct{ ID string }
	decoder := json.NewDecoder(bytes.NewReader([]byte(body)))
	if err := decoder.Decode(&rows); err != nil {
		t.Errorf("%v in %q", err, body)
	}
	for _, r := range rows {
		all = append(all, r.ID)
	}
	return all
}
