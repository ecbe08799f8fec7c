package e2e_test

import (
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// guideDay is the day of the outputs in the callers' pages, as in the examples of the contract.
var guideDay = time.Date(2025, 6, 18, 12, 0, 0, 0, time.UTC)

// Every snippet of the callers' pages runs against the gateway of `gateway demo`, as of guideDay, and prints what the page shows.
func TestGuide(t *testing.T) {
	t.Parallel()
	var cached atomic.Bool
	now := func() time.Time {
		if cached.Load() {
			return guideDay
		}
		return guideDay.Add(-4 * time.Minute)
	}
	_, rocket := stand(t, func(o *rocketsim.Options) { o.Customers, o.Now = 0, now })
	g := serveAt(t, now, rocket, "AUTH_MODE=jwt", "AUTH_HS256_SECRET="+authSecret, "RATE_LIMIT=600/1m", "CACHE_REFRESH_FLOOR=0s")
	token := tokenFor(t, everything())
	for _, target := range []string{"/v1/azure/usages?period=current", "/v1/aws/usages?period=2025-04"} { // pages show them cached
		ask(t, http.MethodGet, g.api+target, token)
	}
	cached.Store(true)
	programs := newPrograms(t, newIssuer(t))
	for _, b := range programs.all {
		t.Run(b.String(), func(t *testing.T) {
			t.Parallel()
			tries := 1
			if b.section == "A refresh button" { // while the machine is busy, its fetch may take longer than a caller with an old body waits
				tries = 10
			}
			fault := ""
			for ; tries > 0; tries-- {
				out := programs.run(t, b, "GATEWAY="+g.api, "TOKEN="+token, "SECRET="+authSecret)
				if b.output == nil {
					return
				}
				if fault = b.output.differs(out); fault == "" {
					return
				}
			}
			t.Errorf("%s: %s", b, fault)
		})
	}
	t.Run("a token for two customers", func(t *testing.T) {
		t.Parallel()
		for _, b := range programs.all {
			if b.section == "What a token may see" || b.section == "A dashboard in one request" {
				programs.run(t, b, "GATEWAY="+g.api, "TOKEN="+tokenFor(t, []grant{{"azure", "customers", []string{"c-1", "c-2"}}}))
			}
		}
	})
	t.Run("clients try again", func(t *testing.T) {
		t.Parallel()
		programs.ofClients(t, func(t *testing.T, b *block) {
			for _, wait := range []string{"1", "Wed, 18 Jun 2025 12:00:01 GMT"} {
				programs.run(t, b, "GATEWAY="+failingOnce(t, g.api, wait), "TOKEN="+token)
			}
		})
	})
	t.Run("clients wait for a minute at most", func(t *testing.T) {
		t.Parallel()
		programs.ofClients(t, func(t *testing.T, b *block) {
			_, complaint, err := programs.try(t, b, "GATEWAY="+failingOnce(t, g.api, "61"), "TOKEN="+token)
			if err == nil || !strings.Contains(complaint, refusal) {
				t.Errorf("%s: want an error with the problem, got %v %s", b, err, complaint)
			}
		})
	})
}

// ofClients runs a test with a program of each client of the recipes.
func (p *programs) ofClients(t *testing.T, test func(*testing.T, *block)) {
	t.Helper()
	for _, b := range p.all {
		if b.section == "This month by customer" && b.language != "sh" {
			t.Run(b.language, func(t *testing.T) {
				t.Parallel()
				test(t, b)
			})
		}
	}
}

// tokenFor returns a token with the claims of that of `gateway demo`, and with these profiles.
func tokenFor(t *testing.T, profiles any) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": "demo", "scope": "usage:read cache:purge cache:inspect", "exp": time.Now().Add(time.Hour).Unix(), "profiles": profiles,
	}).SignedString([]byte(authSecret))
	must(t, err)
	return token
}

// refusal is the body of a problem.
const refusal = `"Too many requests."`

// failingOnce starts a proxy that refuses the first request as a gateway does whose queue is full, with a Retry-After.
func failingOnce(t *testing.T, gateway, wait string) string {
	t.Helper()
	target, err := url.Parse(gateway)
	must(t, err)
	proxy := httputil.NewSingleHostReverseProxy(target)
	var once sync.Once
	return strings.TrimSuffix(listen(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused := false
		once.Do(func() {
			refused = true
			w.Header().Set("Retry-After", wait)
			http.Error(w, refusal, http.StatusServiceUnavailable)
		})
		if !refused {
			proxy.ServeHTTP(w, r)
		}
	})), "/rocketsvc")
}

// Blocks that do not run are data, or lines for a terminal of which other tests have the commands.
func TestGuideHasNoOtherSnippets(t *testing.T) {
	t.Parallel()
	console := 0
	for _, b := range blocksOf(t) {
		switch {
		case b.language == "console":
			console++
		case b.runs(), b.isClient(), regexp.MustCompile(`^(text|json|properties)$`).MatchString(b.language):
		default:
			t.Errorf("%s does not run", b)
		}
	}
	if console > 4 {
		t.Errorf("%d blocks are for a terminal, and do not run", console)
	}
}

// The guide says of every problem what to do.
func TestGuideHasEveryProblem(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile(guidePages[0])
	must(t, err)
	for _, name := range problemTypes(t) {
		if !regexp.MustCompile("(?m)^\\| `" + name + "` \\| \\d{3} \\|").Match(guide) {
			t.Errorf("%s has no problem %s", guidePages[0], name)
		}
	}
}

// problemTypes returns the last part of the type of every problem, sorted.
func problemTypes(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob("../handlers/problems/*-*.html")
	must(t, err)
	for i, file := range names {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".html")
	}
	names = append(names, "unauthorized", "forbidden")
	slices.Sort(names)
	return names
}
