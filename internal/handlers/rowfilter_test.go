package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Rows of three customers as Rocket may spell them, long enough to be worth a gzip.
var rows = [...]string{
	`{"id": "c-1", "resource_type":"customers", "actual": 1.100000000000000000001, "name":"` + strings.Repeat("Padaria ", 50) + `"}`,
	`{"actual":2e2,"resource_type":"customers","id":"c\u002d2","name":"` + strings.Repeat("Oficina ", 60) + `"}`,
	`{"id":"c-3","resource_type":"customers","name":"secret"}`,
}

var list = "[ " + strings.Join(rows[:], " ,\n ") + " ]\n"

func array(rows ...string) string { return "[" + strings.Join(rows, ",") + "]" }

// Callers with different grants share one response of Rocket, and each gets the rows of its own grants.
func TestOneFetchForAllEachWithItsRows(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.responds(list)
	tags := map[string]string{}
	for _, c := range []struct {
		caller person
		want   string
	}{
		{a.person("ana", customers("c-1", "c-2")), array(rows[0], rows[1])},
		{a.person("bia", customers("c-3", "c-2")), array(rows[1], rows[2])},
		{a.person("caio", customers("c-7", "c-8")), "[]"},
		{a.person("duda", distributors("*")), list},
		{a.person("eva", customers("*")), list},
	} {
		resp := c.caller.get("/v1/azure/usages?view=customers&cost=customers")
		got := body(t, resp)
		if got != c.want || resp.StatusCode != 200 || resp.Header.Get("Content-Length") != fmt.Sprint(len(c.want)) {
			t.Errorf("%d, Content-Length %s: %s\nwant %s", resp.StatusCode, resp.Header.Get("Content-Length"), got, c.want)
		}
		tag := resp.Header.Get("Etag")
		if other, known := tags[tag]; known && other != c.want || !strings.HasPrefix(tag, `W/"`) {
			t.Errorf("the ETag %s is another body's", tag)
		}
		tags[tag] = c.want
	}
	if n := a.calls.Load(); n != 1 || len(tags) != 4 {
		t.Errorf("%d requests to Rocket for %d bodies, want once for 4", n, len(tags))
	}
}

// The headers of a filtered response depend on the rows that are left alone, but for those about its origin.
func TestHeadersOfAFilteredResponse(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.responds(list)
	ana, bia := a.person("ana", customers("c-1", "c-2")), a.person("bia", customers("c-2", "c-3"))
	bia.get(usages)
	a.pass(70 * time.Second)
	get, head := ana.get(usages, "X-Request-Id", "one"), ana.do(http.MethodHead, usages, "X-Request-Id", "one")
	want := http.Header{
		"Age":                     {"70"},
		"Cache-Control":           {"private, max-age=130"},
		"Cache-Status":            {"rocket-gateway; hit; ttl=230; detail=memory"},
		"Content-Length":          {fmt.Sprint(len(array(rows[0], rows[1])))},
		"Content-Location":        {"/v1/azure/usages?" + juneDays + "&view=customers" + strings.Replace(defaults, "resellers", "customers", 1)},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/json"},
		"Etag":                    {get.Header.Get("Etag")},
		"Last-Modified":           {"Wed, 18 Jun 2025 12:00:00 GMT"},
		"Referrer-Policy":         {"no-referrer"},
		"Vary":                    {"Authorization, Accept, Accept-Encoding"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Period-State":          {"open"},
		"X-Request-Id":            {"one"},
	}
	for method, resp := range map[string]*http.Response{"GET": get, "HEAD": head} {
		if diff := cmp.Diff(want, resp.Header); diff != "" || resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", method, resp.StatusCode, diff)
		}
	}
	if got := body(t, head); got != "" {
		t.Errorf("HEAD has the body %s", got)
	}
}

func TestETagOfAFilteredResponse(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.responds(list)
	ana, bia := a.person("ana", customers("c-1", "c-2")), a.person("bia", customers("c-2", "c-3"))
	plain, packed := ana.get(usages), ana.get(usages, "Accept-Encoding", "gzip")
	tag := plain.Header.Get("Etag")
	if packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Etag") != tag {
		t.Errorf("gzip: %v, want the ETag %s", packed.Header, tag)
	}
	b := body(t, packed)
	if packed.Header.Get("Content-Length") != fmt.Sprint(len(b)) || unzip(t, b) != body(t, plain) {
		t.Errorf("gzip: %d bytes, Content-Length %s", len(b), packed.Header.Get("Content-Length"))
	}
	for _, coding := range []string{"gzip", "identity"} {
		resp := ana.get(usages, "If-None-Match", tag, "Accept-Encoding", coding)
		if resp.StatusCode != 304 || resp.Header.Get("Etag") != tag || body(t, resp) != "" {
			t.Errorf("%s: %d %v, want 304", coding, resp.StatusCode, resp.Header)
		}
	}
	resp := bia.get(usages, "If-None-Match", tag)
	if resp.StatusCode != 200 || resp.Header.Get("Etag") == tag {
		t.Errorf("another caller: %d, ETag %s: ana's tag is none of bia's", resp.StatusCode, resp.Header.Get("Etag"))
	}
}

// ETag and Last-Modified change with the rows that the caller gets, and with no others. A 304 repeats them.
func TestOthersRowsDoNotChangeTheValidators(t *testing.T) {
	a := newAPI(t, withTokens(t))
	ana := a.person("ana", customers("c-1", "c-2"))
	a.responds(array(rows[0], rows[2]))
	before := ana.get(usages)
	a.responds(array(rows[2], rows[0], rows[2]))
	a.pass(time.Minute)
	after := ana.get(usages, "Cache-Control", "no-cache", "If-None-Match", before.Header.Get("Etag"))
	if got := after.Header.Get("Cache-Status"); after.StatusCode != 304 || got != "rocket-gateway; fwd=request; fwd-status=200; stored" {
		t.Errorf("%d %s, want 304 and a fetch", after.StatusCode, got)
	}
	if got := after.Header.Get("Last-Modified"); got != "Wed, 18 Jun 2025 12:00:00 GMT" {
		t.Errorf("Last-Modified %s: the caller's rows are those of noon", got)
	}
	zoe := a.person("zoe", distributors("*"))
	if got := zoe.get(usages + "&cost=customers&view=customers").Header.Get("Last-Modified"); got != "Wed, 18 Jun 2025 12:01:00 GMT" {
		t.Errorf("Last-Modified of the whole list: %s", got)
	}
	a.responds(array(rows[2], rows[0], rows[1]))
	a.pass(time.Minute)
	for range 2 {
		own := ana.get(usages, "Cache-Control", "no-cache", "If-None-Match", before.Header.Get("Etag"))
		if got := own.Header.Get("Last-Modified"); own.StatusCode != 200 || got != "Wed, 18 Jun 2025 12:02:00 GMT" {
			t.Errorf("%d, Last-Modified %s: the caller's rows have changed", own.StatusCode, got)
		}
		a.pass(time.Minute)
	}
}

// A caller with one id has it filled in, and the rows are filtered all the same: the gateway does not rely on Rocket's filters.
func TestOneIDIsFilteredToo(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.responds(`[{"label":"one","value":"c-1"},{"label":"secret","value":"c-2"}]`)
	resp := a.person("ana", customers("c-1")).get("/v1/azure/customers")
	if got := body(t, resp); got != `[{"label":"one","value":"c-1"}]` || a.last.CustomerID != "c-1" {
		t.Errorf("%s, query for customer %q", got, a.last.CustomerID)
	}
}

// A response whose rows cannot be filtered is an error for callers that may see some of them.
func TestAResponseThatCannotBeFiltered(t *testing.T) {
	for name, sent := range map[string]string{
		"no list":       `{"id":"c-1","resource_type":"customers","name":"secret"}`,
		"cut off":       `[{"id":"c-1","resource_type":"customers"},{"id":"c-3","name":"secret`,
		"rows behind":   `[] [{"id":"c-3","name":"secret"}]`,
		"not even JSON": `secret`,
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, withTokens(t))
			a.responds(sent)
			ana := a.person("ana", customers("c-1", "c-2"))
			for _, status := range []string{"rocket-gateway; fwd=miss; fwd-status=200; stored", ""} { // fetched, then kept
				resp := ana.get(usages)
				text := body(t, resp)
				if resp.StatusCode != 502 || !strings.Contains(text, `"/problems/upstream-invalid-response"`) || strings.Contains(text, "secret") {
					t.Errorf("%d %s", resp.StatusCode, text)
				}
				if got := resp.Header.Get("Cache-Status"); got != status || resp.Header.Get("Etag") != "" {
					t.Errorf("Cache-Status %q, want %q; ETag %q", got, status, resp.Header.Get("Etag"))
				}
			}
		})
	}
}
