package upstream_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

// measured is connect, with a registry of the metrics.
func measured(t *testing.T, o settings) (*upstream.Client, *prometheus.Registry) {
	t.Helper()
	r := prometheus.NewRegistry()
	o.Metrics = r
	c := connect(t, o)
	r.MustRegister(upstream.NewCollector(func() []*upstream.Client { return []*upstream.Client{c} }))
	return c, r
}

// scrape returns the samples that Prometheus reads, those alone whose names begin with prefix.
func scrape(t *testing.T, r *prometheus.Registry, prefix string) (samples []string) {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(r, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
	if w.Code != http.StatusOK {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	for line := range strings.Lines(w.Body.String()) {
		if strings.HasPrefix(line, prefix) {
			samples = append(samples, strings.TrimSuffix(line, "\n"))
		}
	}
	return samples
}

// wantSamples checks all samples whose names begin with prefix.
func wantSamples(t *testing.T, r *prometheus.Registry, prefix string, want ...string) {
	t.Helper()
	for i := range want {
		want[i] = prefix + want[i]
	}
	if diff := cmp.Diff(want, scrape(t, r, prefix)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// wantShed checks the queries that were shed, by reason.
func wantShed(t *testing.T, r *prometheus.Registry, want map[string]int) {
	t.Helper()
	samples := []string{}
	for _, reason := range []string{"breaker", "limited", "memory", "queue"} {
		samples = append(samples, `{reason="`+reason+`"} `+strconv.Itoa(want[reason]))
	}
	wantSamples(t, r, "upstream_shed_total", samples...)
}

// value returns the value of one sample.
func value(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	samples := scrape(t, r, name+" ")
	if len(samples) != 1 {
		t.Fatalf("%s has samples %q", name, samples)
	}
	v, err := strconv.ParseFloat(strings.TrimPrefix(samples[0], name+" "), 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMetricsOfRequests(t *testing.T) {
	var now clock
	r := start(t, tokens(now.now), func(w http.ResponseWriter, r *http.Request, n int) {
		now.set(time.Duration(n) * 3 * time.Second)
		responds([]int{200, 500, 999}[n-1])(w, r, n)
	})
	o := options(t, r.URL)
	o.Now = now.now
	c, registry := measured(t, o)
	for range 3 {
		_, _ = fetch(t, c, usages(t))
	}
	r.Close()
	_, _ = fetch(t, c, newQuery(t, query.Customers, query.AWS, query.Params{}))
	wantSamples(t, registry, "upstream_requests_total",
		`{endpoint="customers",provider="aws",status="0"} 1`, `{endpoint="usages",provider="azure",status="200"} 1`,
		`{endpoint="usages",provider="azure",status="500"} 1`, `{endpoint="usages",provider="azure",status="other"} 1`)
	wantSamples(t, registry, `upstream_duration_seconds_sum{endpoint="usages"}`, " 9")
	wantSamples(t, registry, `upstream_duration_seconds_bucket{endpoint="usages",le=`, `"0.01"} 0`, `"0.025"} 0`, `"0.05"} 0`, `"0.1"} 0`,
		`"0.25"} 0`, `"0.5"} 0`, `"1"} 0`, `"2.5"} 0`, `"5"} 3`, `"10"} 3`, `"30"} 3`, `"+Inf"} 3`)
	testkit.WantNative(t, registry, "upstream_duration_seconds")
	wantSamples(t, registry, `upstream_duration_seconds_count{endpoint="customers"}`, " 1")
}

// Known series begin at zero, so that their first increment is an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	o := options(t, "http://rocket.test")
	o.Account.Name = "main"
	_, registry := measured(t, o)
	wantShed(t, registry, nil)
	wantSamples(t, registry, "upstream_retries_total", " 0")
	wantSamples(t, registry, "logins_total",
		`{account="main",outcome="failure"} 0`, `{account="main",outcome="refused"} 0`, `{account="main",outcome="success"} 0`)
	wantSamples(t, registry, "upstream_breaker_openings_total", `{account="main"} 0`)
	wantSamples(t, registry, "token_") // there is none
}

// Clients that are replaced while the process runs.
func TestCollectorFollowsTheClients(t *testing.T) {
	one, other := options(t, "http://rocket.test"), options(t, "http://rocket.test")
	one.Account.Name, other.Account.Name = "one", "other"
	now := []*upstream.Client{connect(t, one)}
	registry := prometheus.NewRegistry()
	registry.MustRegister(upstream.NewCollector(func() []*upstream.Client { return now }))
	wantSamples(t, registry, "upstream_breaker_openings_total", `{account="one"} 0`)
	now = []*upstream.Client{connect(t, other)}
	wantSamples(t, registry, "upstream_breaker_openings_total", `{account="other"} 0`)
}

func TestMetricsOfTheBulkhead(t *testing.T) {
	release := make(chan struct{})
	r := start(t, nil, func(w http.ResponseWriter, q *http.Request, n int) {
		<-release
		returns("[]")(w, q, n)
	})
	o := options(t, r.URL)
	o.MaxConcurrent, o.QueueWait = 2, 200*time.Millisecond
	c, registry := measured(t, o)
	var all sync.WaitGroup
	send := func(requested <-chan struct{}) {
		all.Go(func() { _, _ = c.Fetch(t.Context(), usages(t), requested) })
	}
	wantSlots := func(callersTaken, callersWaiting, backgroundTaken, backgroundWaiting int) {
		t.Helper()
		want := []string{
			"upstream_places 2",
			`upstream_places_taken{lane="background"} ` + strconv.Itoa(backgroundTaken),
			`upstream_places_taken{lane="callers"} ` + strconv.Itoa(callersTaken),
			`upstream_places_waiting{lane="background"} ` + strconv.Itoa(backgroundWaiting),
			`upstream_places_waiting{lane="callers"} ` + strconv.Itoa(callersWaiting),
		}
		var got []string
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
			if got = scrape(t, registry, "upstream_places"); slices.Equal(got, want) {
				return
			}
		}
		t.Fatalf("got %q, want %q", got, want)
	}
	send(nil)
	wantSlots(0, 0, 1, 0)
	send(nil)
	wantSlots(0, 0, 1, 1)
	send(requested)
	wantSlots(1, 0, 1, 1)
	_, err := fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantShed(t, registry, map[string]int{"queue": 1})
	wantSlots(1, 0, 1, 1)
	ctx, cancel := context.WithCancel(t.Context())
	all.Go(func() { _, _ = c.Fetch(ctx, usages(t), requested) })
	wantSlots(1, 1, 1, 1)
	cancel()
	close(release)
	all.Wait()
	wantSlots(0, 0, 0, 0)
}

// The breaker of a host that fails opens, lets a probe through now and then, and closes with the first success.
func TestBreaker(t *testing.T) {
	var clock offset
	var fails atomic.Bool
	fails.Store(true)
	r := start(t, nil, func(w http.ResponseWriter, q *http.Request, n int) {
		if fails.Load() {
			responds(http.StatusInternalServerError)(w, q, n)
			return
		}
		returns("[]")(w, q, n)
	})
	o := options(t, r.URL)
	o.Now, o.Account.Name = clock.now, "main"
	c, registry := measured(t, o)
	want := func(state string, opened int) {
		t.Helper()
		var samples []string
		for _, s := range []string{upstream.BreakerClosed, upstream.BreakerOpen, upstream.BreakerSuspect} {
			samples = append(samples, `{account="main",state="`+s+`"} `+map[bool]string{true: "1", false: "0"}[s == state])
		}
		wantSamples(t, registry, "upstream_breaker_state", samples...)
		wantSamples(t, registry, "upstream_breaker_openings_total", `{account="main"} `+strconv.Itoa(opened))
	}
	want(upstream.BreakerClosed, 0)
	for range 6 {
		_, err := fetch(t, c, usages(t))
		wantFault(t, err, fault.UpstreamError, http.StatusInternalServerError)
		clock.add(500 * time.Millisecond)
	}
	want(upstream.BreakerOpen, 1)
	_, err := fetch(t, c, usages(t)) // the probe
	wantFault(t, err, fault.UpstreamError, http.StatusInternalServerError)
	wantShed(t, registry, nil)
	_, err = fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantShed(t, registry, map[string]int{"breaker": 1})
	if failing, probe := c.Failing(); !failing || probe {
		t.Errorf("failing %t, probe %t", failing, probe)
	}
	clock.add(500 * time.Millisecond)
	fails.Store(false)
	mustFetch(t, c)
	want(upstream.BreakerClosed, 1)
	if failing, _ := c.Failing(); failing {
		t.Error("it still fails")
	}
}

// offset is a clock that the test moves.
type offset struct{ ahead atomic.Int64 }

func (o *offset) now() time.Time { return time.Now().Add(time.Duration(o.ahead.Load())) }

func (o *offset) add(d time.Duration) { o.ahead.Add(int64(d)) }

// Rocket's own responses with 429 are not shed queries; what is not sent after three of them is.
func TestLimitedAccountShedsQueries(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "60")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	c, registry := measured(t, options(t, r.URL))
	for range 3 {
		_, err := fetch(t, c, usages(t))
		wantFault(t, err, fault.UpstreamUnavailable, http.StatusTooManyRequests)
	}
	wantShed(t, registry, nil)
	_, err := fetch(t, c, usages(t))
	wantFault(t, err, fault.UpstreamUnavailable, 0)
	wantShed(t, registry, map[string]int{"limited": 1})
}

func TestMetricsOfLoginsAndRetries(t *testing.T) {
	begun := time.Now()
	r := start(t, func(w http.ResponseWriter, q *http.Request, n int) {
		if n == 1 {
			responds(http.StatusServiceUnavailable)(w, q, n)
			return
		}
		tokens(time.Now)(w, q, n)
	}, func(w http.ResponseWriter, q *http.Request, n int) {
		if n == 1 {
			responds(http.StatusBadGateway)(w, q, n)
			return
		}
		returns("[]")(w, q, n)
	})
	o := options(t, r.URL)
	o.Account.Name = "main"
	c, registry := measured(t, o)
	mustFetch(t, c)
	mustFetch(t, c)
	wantSamples(t, registry, "logins_total",
		`{account="main",outcome="failure"} 1`, `{account="main",outcome="refused"} 0`, `{account="main",outcome="success"} 1`)
	wantSamples(t, registry, "upstream_retries_total", " 2")
	obtained := value(t, registry, `token_obtained_timestamp_seconds{account="main"}`)
	life := value(t, registry, `token_expiry_timestamp_seconds{account="main"}`) - obtained
	if obtained < float64(begun.UnixMilli())/1000 || obtained > float64(time.Now().UnixMilli())/1000 || life < 59*60 || life > 60*60 {
		t.Errorf("a token from %f, for %f seconds", obtained, life)
	}
}

func TestMetricsOfARefusedLogin(t *testing.T) {
	r := start(t, responds(http.StatusUnauthorized), nil)
	o := options(t, r.URL)
	o.Account.Name = "main"
	c, registry := measured(t, o)
	_, _ = fetch(t, c, usages(t))
	wantSamples(t, registry, "logins_total",
		`{account="main",outcome="failure"} 0`, `{account="main",outcome="refused"} 1`, `{account="main",outcome="success"} 0`)
}
