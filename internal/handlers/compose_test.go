package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// monthly responds with two customers, whose amount is the number of the month of the period.
func monthly(q *query.Query) ([]byte, error) {
	month := string(q.Start[5:7])
	switch q.Endpoint {
	case query.Usages:
		return fmt.Appendf(nil, `[{"id":"c-1","parent_id":"r","resource_type":"customers","name":"Ana","last":1,"actual":%s.50,"forecast":null},`+
			`{"id":"c-2","parent_id":"r","resource_type":"customers","name":"Bia","actual":1}]`, strings.TrimPrefix(month, "0")), nil
	case query.ByDay:
		return []byte(`[{"label":"2025-06-01","value":1}]`), nil
	default:
		return []byte(`{"name":"all","actual":1,"last":2}` + "\n"), nil
	}
}

func newComposed(t testing.TB, change ...func(*handlers.Options)) *api {
	t.Helper()
	a := newAPI(t, change...)
	a.rocket = monthly
	return a
}

func wantBody(t *testing.T, resp *http.Response, want string) {
	t.Helper()
	if diff := cmp.Diff(want, body(t, resp)); diff != "" || resp.StatusCode != 200 {
		t.Errorf("%d, -want +got:\n%s", resp.StatusCode, diff)
	}
}

func wantCalls(t *testing.T, a *api, want int32) {
	t.Helper()
	if n := a.calls.Swap(0); n != want {
		t.Errorf("%d requests to Rocket, want %d", n, want)
	}
}

func withCurrency(o *handlers.Options) {
	o.Currency = func(query.Provider, []string, []string, func(string) []string) string { return "BRL" }
}

func TestTop(t *testing.T) {
	a := newComposed(t, withCurrency)
	wantBody(t, a.get("/v1/azure/usages/top?n=1"),
		`{"currency":"BRL","rows":[{"id":"c-1","parent_id":"r","resource_type":"customers","name":"Ana",`+
			`"last":1,"actual":6.50,"forecast":null}],"others":{"count":1,"last":null,"actual":1,"forecast":null},`+
			`"total":{"count":2,"last":1,"actual":7.5,"forecast":null}}`)
	a.get("/v1/azure/usages/top?by=last")
	a.get("/v1/azure/usages")
	wantCalls(t, a, 1)
}

func TestTrend(t *testing.T) {
	a := newComposed(t)
	resp := a.get("/v1/azure/trend?months=2&until=2025-05&limit=1&sort=name")
	wantBody(t, resp, `{"months":[{"period":"2025-04","start_time":"2025-04-01","end_time":"2025-04-30","state":"closed"},`+
		`{"period":"2025-05","start_time":"2025-05-01","end_time":"2025-05-31","state":"closed"}],"comparable":true,`+
		`"rows":[{"id":"c-1","parent_id":"r","resource_type":"customers","name":"Ana","actual":[4.50,5.50],`+
		`"total":10,"change":1,"change_ratio":0.2222}],`+
		`"total":{"actual":[5.5,6.5],"total":12,"change":1,"change_ratio":0.1818}}`)
	wantHeader(t, resp, "X-Total-Count", "2")
	wantHeader(t, resp, "Link", `<?limit=1&months=2&sort=name&until=2025-05&offset=0>; rel="first", `+
		`<?limit=1&months=2&sort=name&until=2025-05&offset=1>; rel="next", <?limit=1&months=2&sort=name&until=2025-05&offset=1>; rel="last"`)
	wantHeader(t, resp, "Content-Location",
		"/v1/azure/trend?view=customers&invoice_type=1&cost=resellers&catalog=consumption&catalog=marketplace"+
			"&sort=name&limit=1&months=2&until=2025-05")
	wantBody(t, a.get("/v1/azure/trend?months=2&until=2025-05&q=BI%C3%81&format=csv&csv=excel-br"),
		"\ufeffid;parent_id;resource_type;name;2025-04;2025-05;total;change;change_ratio\r\n"+
			"c-2;r;customers;Bia;1;1;2;0;0\r\n")
	wantCalls(t, a, 2)
}

func TestOverview(t *testing.T) {
	a := newComposed(t, withCurrency)
	resp := a.get("/v1/azure/overview?n=1&period=previous")
	wantBody(t, resp, `{"currency":"BRL","period":{"start_time":"2025-05-01","end_time":"2025-05-31","state":"closed"},`+
		`"indicators":{"name":"all","actual":1,"last":2},"by_day":[{"label":"2025-06-01","value":1}],`+
		`"by_category":{"name":"all","actual":1,"last":2},`+
		`"top":`+body(t, a.get("/v1/azure/usages/top?n=1&period=2025-05"))+`,"omitted":[]}`)
	for _, same := range []string{"indicators", "by-day", "by-category", "usages?view=customers"} {
		separator := "?"
		if strings.Contains(same, "?") {
			separator = "&"
		}
		wantStatus(t, a.get("/v1/azure/"+same+separator+"period=previous"), "hit")
	}
	wantCalls(t, a, 4)
}

func wantHeader(t *testing.T, resp *http.Response, name, want string) {
	t.Helper()
	if got := resp.Header.Get(name); got != want {
		t.Errorf("%s is\n%q, want\n%q", name, got, want)
	}
}

// wantStatus checks how Cache-Status begins.
func wantStatus(t *testing.T, resp *http.Response, want string) {
	t.Helper()
	if got := strings.TrimPrefix(resp.Header.Get("Cache-Status"), "rocket-gateway; "); !strings.HasPrefix(got, want) {
		t.Errorf("Cache-Status %q, want %q…", got, want)
	}
}

// Parts share entries with the single endpoints, in both directions, and a trend fetches the months alone whose entry is stale.
func TestATrendFetchesEachMonthOnce(t *testing.T) {
	a := newComposed(t)
	a.get("/v1/azure/usages?period=2025-01")
	wantCalls(t, a, 1)
	wantStatus(t, a.get("/v1/azure/trend"), "fwd=miss; fwd-status=200")
	wantCalls(t, a, 11)
	resp := a.get("/v1/azure/trend?sort=name&limit=1")
	wantStatus(t, resp, "hit; ttl=300; detail=memory")
	a.get("/v1/azure/usages?period=2025-02")
	wantCalls(t, a, 0)
	a.pass(6 * time.Minute)
	resp = a.get("/v1/azure/trend")
	wantStatus(t, resp, "fwd=stale; fwd-status=200")
	if strings.Contains(resp.Header.Get("Cache-Status"), "stored") {
		t.Error("a composed response is not stored")
	}
	wantHeader(t, resp, "Age", "360")
	wantHeader(t, resp, "Cache-Control", "private, max-age=420")
	wantHeader(t, resp, "X-Period-State", "open")
	wantHeader(t, resp, "Last-Modified", noon.Format(http.TimeFormat))
	wantCalls(t, a, 1)
}

// A caller's no-cache applies to the months that are not closed alone, only-if-cached to every part.
func TestDirectivesOfComposedRequests(t *testing.T) {
	a := newComposed(t)
	resp := a.get("/v1/azure/trend?months=2", "Cache-Control", "only-if-cached")
	if p := problem(t, resp); p.Type != "/problems/cache-miss" || p.Part != "2025-05" {
		t.Errorf("%+v", p)
	}
	a.get("/v1/azure/trend?months=3")
	a.pass(time.Minute)
	wantStatus(t, a.get("/v1/azure/trend?months=3", "Cache-Control", "no-cache"), "fwd=request; fwd-status=200")
	wantCalls(t, a, 4)
	wantStatus(t, a.get("/v1/azure/trend?months=3", "Cache-Control", "only-if-cached"), "hit")
	wantCalls(t, a, 0)
	a.pass(time.Minute)
	a.get("/v1/azure/usages/top?period=2024-01")
	a.get("/v1/azure/overview?period=2024-01")
	wantCalls(t, a, 4)
	a.pass(time.Minute)
	wantStatus(t, a.get("/v1/azure/usages/top?period=2024-01", "Cache-Control", "no-cache"), "fwd=request; fwd-status=200; stored")
	wantStatus(t, a.get("/v1/azure/overview?period=2024-01", "Cache-Control", "no-cache"), "fwd=request; fwd-status=200")
	wantCalls(t, a, 5)
}

// The first failure in the order of the body counts, whichever came first in time.
func TestPartsThatFail(t *testing.T) {
	slow := make(chan struct{})
	a := newComposed(t)
	a.rocket = func(q *query.Query) ([]byte, error) {
		switch q.Start {
		case "2025-02-01":
			<-slow
			return nil, &fault.Error{Kind: fault.UpstreamError, Detail: "Rocket returned 500.", Status: 500}
		case "2025-03-01":
			defer close(slow)
			return nil, &fault.Error{Kind: fault.UpstreamUnavailable, Detail: "Rocket returned 429.", Status: 429, RetryAfter: time.Minute}
		}
		return monthly(q)
	}
	resp := a.get("/v1/azure/trend?months=6")
	if p := problem(t, resp); p.Type != "/problems/upstream-error" || p.Part != "2025-02" || p.Status != 502 {
		t.Errorf("%+v", p)
	}
	wantStatus(t, resp, "fwd=miss; fwd-status=500")
	wantStatus(t, a.get("/v1/azure/usages?period=2025-01"), "hit") // finished parts stay cached

	a.rocket = func(q *query.Query) ([]byte, error) {
		if q.Endpoint == query.ByDay {
			return nil, &fault.Error{Kind: fault.UpstreamTimeout, Detail: "Rocket did not respond in time."}
		}
		return monthly(q)
	}
	if p := problem(t, a.get("/v1/azure/overview?period=2024-01")); p.Part != "by_day" || p.Status != 504 {
		t.Errorf("%+v", p)
	}
}

func TestPartsAreBoundedTogether(t *testing.T) {
	size := len(`[{"id":"1"}]`)
	a := newAPI(t, func(o *handlers.Options) { o.MaxBytes = int64(3 * size) })
	if resp := a.get("/v1/azure/trend?months=3"); resp.StatusCode != 200 {
		t.Errorf("%d %s", resp.StatusCode, body(t, resp))
	}
	if p := problem(t, a.get("/v1/azure/trend?months=4")); p.Type != "/problems/upstream-invalid-response" || p.Part != "" {
		t.Errorf("%+v", p)
	}
}

// An overview omits what a caller with several ids has to choose one for, and is refused if its top would be.
func TestAnOverviewOfARestrictedCaller(t *testing.T) {
	a := newComposed(t, withTokens(t))
	ana := a.person("ana", customers("c-1", "c-9"))
	const choose = `customer_id is needed here, since your profiles grant 2 customers: choose \"c-1\" or \"c-9\"`
	wantBody(t, ana.get("/v1/azure/overview?period=previous"),
		`{"period":{"start_time":"2025-05-01","end_time":"2025-05-31","state":"closed"},`+
			`"indicators":null,"by_day":null,"by_category":null,`+
			`"top":{"rows":[{"id":"c-1","parent_id":"r","resource_type":"customers","name":"Ana",`+
			`"last":1,"actual":5.50,"forecast":null}],"others":{"count":0,"last":null,"actual":null,"forecast":null},`+
			`"total":{"count":1,"last":1,"actual":5.5,`+
			`"forecast":null}},"omitted":[{"part":"indicators","reason":"`+choose+`"},{"part":"by_day","reason":"`+choose+`"},`+
			`{"part":"by_category","reason":"`+choose+`"}]}`)
	wantCalls(t, a, 1)
	if p := problem(t, ana.get("/v1/azure/overview?view=subscriptions")); p.Status != 400 || p.Part != "top" || len(p.Errors) != 1 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/overview?customer_id=c-2")); p.Status != 403 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/trend?view=resellers")); p.Status != 403 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/trend?view=subscriptions")); p.Status != 400 || p.Part != "2024-07" || len(p.Errors) != 1 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/usages?view=subscriptions&csv=excel-br&limit=0")); len(p.Errors) != 3 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/usages?view=subscriptions&csv=excel-br")); len(p.Errors) != 2 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/trend?months=x")); p.Status != 400 || len(p.Errors) != 1 {
		t.Errorf("%+v", p)
	}
	if p := problem(t, ana.get("/v1/azure/trend?view=subscriptions&months=x")); p.Status != 400 || len(p.Errors) != 2 {
		t.Errorf("%+v", p)
	}
	wantCalls(t, a, 0)
	one := a.person("bia", customers("c-2"))
	resp := one.get("/v1/azure/overview?period=previous&view=customers")
	if text := body(t, resp); strings.Contains(text, "c-1") || !strings.HasSuffix(text, `"omitted":[]}`) {
		t.Errorf("%s", text)
	}
	wantCalls(t, a, 4)
}

// A trend counts as one request for each four months, up to the whole limit. A refused one counts as none, and is granted after the time
// that it is told.
func TestATrendCountsAsSeveralRequests(t *testing.T) {
	a := newComposed(t, withRate(t, "10/1m"))
	wants(t, a.get("/v1/azure/trend?months=24"), rateLimits{status: 200, limits: []string{`"requests";r=4;t=6`}})
	wants(t, a.get("/v1/azure/trend?months=4"), rateLimits{status: 200, limits: []string{`"requests";r=3;t=6`}})
	refused := rateLimits{
		status: 429, limits: []string{`"requests";r=3;t=18`}, retry: "18",
		reason: "You send more requests than this gateway allows. This trend counts as 6 requests.",
	}
	wants(t, a.get("/v1/azure/trend?months=24"), refused)
	wants(t, a.get("/v1/azure/trend?months=24"), refused)
	a.pass(18 * time.Second)
	wants(t, a.get("/v1/azure/trend?months=24"), rateLimits{status: 200, limits: []string{`"requests";r=0;t=6`}})
	a.pass(6 * time.Second)
	if resp := a.get("/v1/azure/trend?months=25"); resp.StatusCode != 400 || resp.Header.Get("RateLimit") != `"requests";r=0;t=6` {
		t.Errorf("%d, %q", resp.StatusCode, resp.Header.Get("RateLimit"))
	}
	few := newComposed(t, withRate(t, "3/1m"))
	wants(t, few.get("/v1/azure/trend?months=24"), rateLimits{status: 200, limits: []string{`"requests";r=0;t=20`}})
}

// Each part that reaches Rocket counts.
func TestPartsCountAgainstTheQuota(t *testing.T) {
	a := newComposed(t, withQuota(t, "5/1m"))
	wants(t, a.get("/v1/azure/trend?months=3"), rateLimits{status: 200, limits: []string{`"upstream";r=2;t=12`}})
	wants(t, a.get("/v1/azure/trend?months=3"), rateLimits{status: 200})
	resp := a.get("/v1/azure/trend?months=6")
	if p := problem(t, resp); p.Status != 429 || p.Part != "2025-03" && p.Part != "2025-02" && p.Part != "2025-01" ||
		len(resp.Header["Ratelimit"]) != 1 {
		t.Errorf("%+v, %q", p, resp.Header["Ratelimit"])
	}
}

// The tag of a trend over closed months changes if the amounts of one do, and with nothing else.
func TestTheTagOfATrendTellsRestatements(t *testing.T) {
	a := newComposed(t)
	const trend = "/v1/azure/trend?months=3&until=previous"
	a.pass(-10 * 24 * time.Hour) // May is settling
	first := a.get(trend)
	wantHeader(t, first, "X-Period-State", "settling")
	a.pass(15 * 24 * time.Hour)
	wantHeader(t, a.get(trend), "Etag", first.Header.Get("Etag"))
	wantHeader(t, a.get(trend), "X-Period-State", "closed")
	resp := a.get(trend, "If-None-Match", first.Header.Get("Etag"))
	if resp.StatusCode != 304 {
		t.Errorf("%d, want 304", resp.StatusCode)
	}
	wantHeader(t, resp, "Content-Location",
		"/v1/azure/trend?view=customers&invoice_type=1&cost=resellers&catalog=consumption&catalog=marketplace&months=3&until=2025-05")
	a.rocket = func(q *query.Query) ([]byte, error) {
		body, err := monthly(q)
		return []byte(strings.Replace(string(body), `"actual":4.50`, `"actual":4.51`, 1)), err
	}
	a.pass(25 * time.Hour)
	if got := a.get(trend).Header.Get("Etag"); got == first.Header.Get("Etag") {
		t.Errorf("a restated month has the same tag")
	}
}

// The location of a composed response means the same response, to the same caller.
func TestLocationsOfComposedResponses(t *testing.T) {
	a := newComposed(t, withTokens(t), func(o *handlers.Options) { o.BasePath = "/costs" })
	for _, p := range []person{
		a.person("ana", customers("c-1")), a.person("bia", customers("c-1", "c-2")), a.person("duda", distributors("*")),
	} {
		for _, target := range []string{
			"usages/top", "usages/top?n=3&by=forecast", "trend", "trend?months=3&until=previous&sort=-change&q=a&limit=1",
			"trend?months=2&align=days",
			"trend?format=csv", "overview", "overview?period=2025-01&n=1",
		} {
			first := p.get("/v1/azure/" + target)
			location := strings.TrimPrefix(first.Header.Get("Content-Location"), "/costs")
			second := p.get(location)
			if tag := first.Header.Get("Etag"); first.StatusCode != 200 || second.Header.Get("Etag") != tag ||
				second.Header.Get("Content-Location") != "/costs"+location {
				t.Errorf("%s: %d, %s; %s: %s", target, first.StatusCode, tag, location, second.Header.Get("Etag"))
			}
		}
	}
}

// inBubble runs a story whose API reads virtual time.
func inBubble(t *testing.T, story func(t *testing.T, a *api)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(noon))
		a := newComposed(t)
		a.virtual = true
		story(t, a)
	})
}

// A request has at most four parts under way, so that others find slots.
func TestPartsAreFetchedAFewAtOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, a *api) {
		var running, most atomic.Int32
		a.rocket = func(q *query.Query) ([]byte, error) {
			running.Add(1)
			defer running.Add(-1)
			time.Sleep(time.Second / 2)
			if n := running.Load(); n > most.Load() { // in virtual time, all that run have begun
				most.Store(n)
			}
			time.Sleep(time.Second / 2)
			return monthly(q)
		}
		started := time.Now()
		a.get("/v1/azure/trend?months=24")
		if n, took := most.Swap(0), time.Since(started); n != 4 || took != 6*time.Second {
			t.Errorf("%d at once, %s, want 4 and 6s", n, took)
		}
		a.server.MaxConcurrent = 1
		a.get("/v1/aws/overview")
		if n := most.Load(); n != 1 {
			t.Errorf("%d at once with one slot, want 1", n)
		}
	})
}

// ROCKET_TIMEOUT is for the whole request. Finished parts stay cached.
func TestTheTimeOfAComposedRequest(t *testing.T) {
	inBubble(t, func(t *testing.T, a *api) {
		a.rocket = func(q *query.Query) ([]byte, error) {
			time.Sleep(8 * time.Second)
			return monthly(q)
		}
		started := time.Now()
		resp := a.get("/v1/azure/trend?months=24&until=previous")
		if p, took := problem(t, resp), time.Since(started); p.Type != "/problems/upstream-timeout" || p.Part != "2024-06" ||
			took != 30*time.Second {
			t.Errorf("%+v after %s", p, took)
		}
		time.Sleep(8 * time.Second)
		wantCalls(t, a, 16)
		started = time.Now()
		wantStatus(t, a.get("/v1/azure/trend?months=24&until=previous"), "fwd=miss; fwd-status=200")
		wantCalls(t, a, 8)
		if took := time.Since(started); took != 16*time.Second {
			t.Errorf("%s, want 16s", took)
		}
	})
}

// When the time is over, what is cached serves the parts that were not tried yet.
func TestStalePartsAreServedInTime(t *testing.T) {
	inBubble(t, func(t *testing.T, a *api) {
		a.get("/v1/azure/trend?months=24&until=previous")
		time.Sleep(25 * time.Hour)
		a.rocket = func(q *query.Query) ([]byte, error) {
			time.Sleep(time.Minute)
			return monthly(q)
		}
		a.server.FetchTimeout = 5 * time.Second
		started := time.Now()
		resp := a.get("/v1/azure/trend?months=24&until=previous")
		if took := time.Since(started); resp.StatusCode != 200 || took != 5*time.Second {
			t.Errorf("%d after %s", resp.StatusCode, took)
		}
		wantHeader(t, resp, "Cache-Status", "rocket-gateway; fwd=stale")
		time.Sleep(time.Minute)
	})
}

// Small bodies do not wait behind large ones, and no request waits longer than ROCKET_TIMEOUT.
func TestSmallBodiesDoNotWaitForLargeOnes(t *testing.T) {
	inBubble(t, func(t *testing.T, a *api) {
		a.rocket = func(q *query.Query) ([]byte, error) {
			if q.CustomerID == "large" {
				return []byte(`[{"id":"` + strings.Repeat("x", 2<<20) + `"}]`), nil
			}
			return monthly(q)
		}
		release := a.server.HoldLarge()
		for _, small := range []string{"usages?sort=id", "usages/top", "trend?months=2", "usages?customer_id=large"} {
			started := time.Now()
			if resp := a.get("/v1/azure/" + small); resp.StatusCode != 200 || time.Since(started) > 0 {
				t.Errorf("%s: %d after %s", small, resp.StatusCode, time.Since(started))
			}
		}
		started := time.Now()
		resp := a.get("/v1/azure/usages?customer_id=large&sort=id")
		if took := time.Since(started); resp.StatusCode != 503 || resp.Header.Get("Retry-After") != "1" || took != 30*time.Second {
			t.Errorf("%d after %s", resp.StatusCode, took)
		}
		release()
		for _, large := range []string{"usages?sort=id&customer_id=large", "usages/top?customer_id=large", "trend?months=2&customer_id=large"} {
			if resp := a.get("/v1/azure/" + large); resp.StatusCode != 200 {
				t.Errorf("%s: %d", large, resp.StatusCode)
			}
		}
	})
}
