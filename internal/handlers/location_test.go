package handlers_test

import (
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// What a canonical URL names of a query without parameters, except for its view.
const (
	juneDays = "start_time=2025-06-01&end_time=2025-06-30"
	defaults = "&invoice_type=1&cost=resellers&catalog=consumption&catalog=marketplace"
)

func withBasePath(path string) func(*handlers.Options) {
	return func(o *handlers.Options) { o.BasePath = path }
}

func TestContentLocation(t *testing.T) {
	for target, want := range map[string]string{
		"/v1/azure/usages":                  "/v1/azure/usages?" + juneDays + "&view=customers" + defaults,
		"/v1/azure/usages?period=previous":  "/v1/azure/usages?start_time=2025-05-01&end_time=2025-05-31&view=customers" + defaults,
		"/v1/azure/usages?customer_id=c-1":  "/v1/azure/usages?" + juneDays + "&customer_id=c-1&view=subscriptions" + defaults,
		"/v1/gcp/by-tag?period=2025-06":     "/v1/gcp/by-tag?" + juneDays + "&view=resellers" + defaults,
		"/v1/aws/customers?&view=&":         "/v1/aws/customers?" + juneDays + "&view=customers" + defaults,
		"/v1/a%7aure/usages?period=2025-06": "/v1/azure/usages?" + juneDays + "&view=customers" + defaults,
		"/v1/azure/usages?cost=x&period=%63%75rrent": "/v1/azure/usages?" + juneDays +
			"&view=customers&invoice_type=1&cost=x&catalog=consumption&catalog=marketplace",
		"/v1/azure/indicators?invoice_type=all&catalog=all": "/v1/azure/indicators?" + juneDays +
			"&view=resellers&invoice_type=all&cost=resellers&catalog=all",
		"/v1/azure/usages?catalog=b&catalog=a&catalog=b&reseller_id=r%2D1&end_time=2025-06-30&start_time=2025-06-01": "/v1/azure/usages?" +
			juneDays + "&reseller_id=r-1&view=customers&invoice_type=1&cost=resellers&catalog=a&catalog=b",
		"/v1/azure/usages?resource_group=S%C3%A3o+Paulo&resource_id=%2fa%26b%3Dc%2Bd%25~%23%3B": "/v1/azure/usages?" + juneDays +
			"&resource_group=S%C3%A3o%20Paulo&resource_id=%2Fa%26b%3Dc%2Bd%25~%23%3B&view=customers" + defaults,
	} {
		a := newAPI(t)
		a.rocket = echo
		resp := a.get(target)
		if got := resp.Header.Get("Content-Location"); got != want || resp.StatusCode != 200 {
			t.Errorf("%s: %d %q, want %q", target, resp.StatusCode, got, want)
		}
	}
}

// 200 and 304 have the field, memoized or not, for HEAD too; problems do not.
func TestWhichResponsesHaveAContentLocation(t *testing.T) {
	a := newAPI(t, withTokens(t), withBasePath("/custos/são"))
	a.rocket = echo
	ana := a.person("ana", customers("c-1"))
	want := "/custos/s%C3%A3o/v1/azure/by-day?start_time=2025-06-01&end_time=2025-06-30&customer_id=c-1&view=customers&invoice_type=1" +
		"&cost=customers&catalog=consumption&catalog=marketplace"
	tag := ana.get("/v1/azure/by-day").Header.Get("Etag")
	for name, resp := range map[string]*http.Response{
		"hit": ana.get("/v1/azure/by-day"), "HEAD": ana.do(http.MethodHead, "/v1/azure/by-day"),
		"304": ana.get("/v1/azure/by-day", "If-None-Match", tag), "no-cache": ana.get("/v1/azure/by-day", "Cache-Control", "no-cache"),
	} {
		if got := resp.Header["Content-Location"]; !slices.Equal(got, []string{want}) {
			t.Errorf("%s: %d %q, want %q", name, resp.StatusCode, got, want)
		}
	}
	for _, target := range []string{"/v1/azure/by-day?x=1", "/v1/aws/by-day", "/v1/me", "/v1/azure/by-day?period=2025-01"} {
		if resp := ana.get(target, "Cache-Control", "only-if-cached"); resp.Header["Content-Location"] != nil {
			t.Errorf("%s: %d %q", target, resp.StatusCode, resp.Header["Content-Location"])
		}
	}
}

// The limit is that of the whole value.
func TestLongContentLocation(t *testing.T) {
	a := newAPI(t, withBasePath("/costs"))
	a.rocket = echo
	length := func(catalogs string) int {
		return len(a.get("/v1/azure/usages?period=2025-06" + catalogs).Header.Get("Content-Location"))
	}
	fill := ""
	for i := range 8 {
		fill += fmt.Sprintf("&catalog=%d%s", i, strings.Repeat("x", 200))
	}
	rest := 2048 - length(fill) - len("&catalog=9")
	if got := length(fill + "&catalog=9" + strings.Repeat("x", rest)); got != 2048 {
		t.Errorf("%d bytes, want 2048", got)
	}
	if got := length(fill + "&catalog=9" + strings.Repeat("x", rest+1)); got != 0 {
		t.Errorf("%d bytes, want none", got)
	}
}

// bounds of callers, some of which restrict.
var bounds = []profile{
	distributors("*"), distributors("d-1"), distributors("d-1", "d-2"), resellers("*"), resellers("r-1"), resellers("r-1", "r-2"),
	customers("*"), customers("c-1"), customers("c-1", "c-2"), {"azure", "customers", []string{"c-3", "c-2"}, []string{"resellers"}},
	{"aws", "resellers", []string{"r-1"}, nil},
}

var anyText = rapid.OneOf(
	rapid.SampledFrom([]string{"", "all", "1", "2", "customers", "a&b=c", "a b", "a+b", "%41", "é;#?/", `"<'>\`}),
	rapid.StringMatching(`[ -~é漢🚀]{0,6}`),
)

func drawProfiles(rt *rapid.T) []profile {
	return rapid.SliceOfN(rapid.SampledFrom(bounds), 1, 2).Draw(rt, "profiles")
}

// drawPeriod draws a pair of a query string.
func drawPeriod(rt *rapid.T) string {
	return "period=" + rapid.SampledFrom([]string{"", "current", "previous", "2025-06", "2024-02"}).Draw(rt, "period")
}

// drawFilters draws pairs of a query string, the period aside.
func drawFilters(rt *rapid.T) (pairs []string) {
	id := func(known ...string) *rapid.Generator[string] {
		return rapid.OneOf(rapid.Just(""), rapid.SampledFrom(known))
	}
	for _, v := range []struct {
		name string
		of   *rapid.Generator[string]
	}{
		{"distributor_id", id("d-1", "d-2")}, {"reseller_id", id("r-1", "r-2")}, {"customer_id", id("c-1", "c-2", "c-3")},
		{"subscription_id", anyText}, {"resource_group", anyText}, {"resource_id", anyText},
		{"view", id("resellers", "customers", "subscriptions", "tenants")}, {"invoice_type", anyText},
		{"cost", id("distributors", "resellers", "customers", "internal")}, {"catalog", anyText}, {"catalog", anyText},
	} {
		if value := v.of.Draw(rt, v.name); rapid.Bool().Draw(rt, "given") {
			pairs = append(pairs, v.name+"="+url.QueryEscape(value))
		}
	}
	return pairs
}

// echo responds with rows of every level that name the query.
func echo(q *query.Query) ([]byte, error) {
	if q.Endpoint.Shape == query.Object {
		return fmt.Appendf(nil, `{"name":%q,"actual":1,"last":1}`, q.Key()), nil
	}
	var rows []string
	key := q.Key()
	for _, id := range []string{"d-1", "d-2", "r-1", "r-2", "c-1", "c-2", "c-3"} {
		rows = append(rows, fmt.Sprintf(`{"id":%q,"value":%[1]q,"label":%q,"resource_type":%q,"actual":%d}`,
			id, q.Key(), q.View, binary.BigEndian.Uint16(key[:])))
	}
	return []byte("[" + strings.Join(rows, ",") + "]"), nil
}

// A canonical URL means, to the same caller, the query that it was made of: its response has the same ETag and names the same URL.
func TestContentLocationIsTheSameQuery(t *testing.T) {
	served := 0
	testkit.Check(t, func(rt *rapid.T) {
		base := rapid.SampledFrom([]string{"", "/costs", "/a/são"}).Draw(rt, "base path")
		a := newAPI(t, withTokens(t), withBasePath(base))
		a.rocket = echo
		ana := a.person("ana", drawProfiles(rt)...)
		pairs := drawFilters(rt)
		endpoint := rapid.SampledFrom(query.Endpoints()).Draw(rt, "endpoint")
		target := "/v1/" + rapid.SampledFrom([]string{"azure", "aws"}).Draw(rt, "provider") + "/" + endpoint.Name + "?" +
			strings.Join(rapid.Permutation(append(pairs, drawPeriod(rt))).Draw(rt, "order"), "&")
		first := ana.get(target)
		if first.StatusCode != 200 {
			return
		}
		served++
		location := first.Header.Get("Content-Location")
		within, ok := strings.CutPrefix(location, (&url.URL{Path: base}).EscapedPath())
		if !ok || strings.ContainsAny(location, "+ ") {
			rt.Fatalf("%s: Content-Location %q", target, location)
		}
		a.pass(time.Second)
		again := ana.get(within)
		if tag := again.Header.Get("Etag"); again.StatusCode != 200 || tag != first.Header.Get("Etag") || a.calls.Load() != 1 {
			rt.Fatalf("%s: %d with ETag %s; %s has ETag %s", location, again.StatusCode, tag, target, first.Header.Get("Etag"))
		}
		if other := again.Header.Get("Content-Location"); other != location {
			rt.Fatalf("Content-Location %q of %q", other, location)
		}
	})
	if served == 0 {
		t.Error("no query was served")
	}
	t.Log(served, "queries served")
}
