package handlers_test

import (
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// keepInfo has the API write what LOG_LEVEL=info writes.
func (j *journal) keepInfo(o *handlers.Options) { o.Log = slog.New(slog.NewJSONHandler(j, nil)) }

// Every request has one line, with its caller, its route and its outcome.
func TestAccessLine(t *testing.T) {
	var log journal
	a := newAPI(t, log.keepInfo, withTokens(t))
	caller := a.person("ana", customers("c-1"))
	caller.get(usages, "X-Request-Id", "one")
	caller.get(usages, "X-Request-Id", "two")
	a.get("/docs/", "X-Request-Id", "three")
	ana := map[string]any{"subject": "ana", "client": "portal"}
	want := []object{
		{
			"level": "INFO", "msg": "request", "request_id": "one", "method": "GET", "route": usagesRoute, "status": 200., "cache": "miss",
			"caller": ana,
		},
		{
			"level": "INFO", "msg": "request", "request_id": "two", "method": "GET", "route": usagesRoute, "status": 200., "cache": "hit-memory",
			"caller": ana,
		},
		{"level": "INFO", "msg": "request", "request_id": "three", "method": "GET", "route": "/docs/*", "status": 200., "cache": "none"},
	}
	got := log.lines(t, "request")
	for i, o := range got {
		for _, number := range []string{"took_ms", "bytes"} {
			if n, ok := o[number].(float64); !ok || n <= 0 {
				t.Errorf("line %d: %s is %v", i, number, o[number])
			}
			delete(o, number)
		}
		if _, waited := o["cache_ms"]; waited != (o["cache"] == "miss") {
			t.Errorf("line %d: cache_ms is there: %v", i, waited)
		}
		delete(o, "cache_ms")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// weights are what the lines of requests with the status stand for.
func (j *journal) weights(t *testing.T, status float64) (all []int) {
	t.Helper()
	for _, o := range j.lines(t, "request") {
		if o["status"] != status {
			continue
		}
		weight, many := o["stands_for"].(float64)
		if !many {
			weight = 1
		}
		all = append(all, int(weight))
	}
	return all
}

// A flood of one class fills no disk and hides nothing of another class; every line has the number of requests that it stands for.
func TestFloodsAreSampled(t *testing.T) {
	var log journal
	a := newAPI(t, log.keepInfo)
	a.get(usages)
	for range 1050 {
		a.get(usages)
		a.get(usages + "&x=1")
	}
	a.get("/v1/azure/by-day?period=previous")
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.get("/v1/azure/by-month")
	hundreds := slices.Repeat([]int{100}, 9)
	want := append(slices.Repeat([]int{1}, 100), hundreds...)
	if diff := cmp.Diff(slices.Concat([]int{1}, want, []int{1}), log.weights(t, 200)); diff != "" {
		t.Errorf("hits between two misses: %s", diff)
	}
	if diff := cmp.Diff(want, log.weights(t, 400)); diff != "" {
		t.Errorf("refusals: %s", diff)
	}
	if got := log.weights(t, 502); !slices.Equal(got, []int{1}) {
		t.Errorf("failures: %v", got)
	}
	a.pass(time.Second)
	a.get(usages)
	if got := log.weights(t, 200); got[len(got)-1] != 1 || len(got) != len(want)+3 {
		t.Errorf("the next second begins anew: %v", got)
	}
}

// At debug level every request has a line.
func TestNothingIsSampledAtDebug(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep)
	for range 300 {
		a.get(usages)
	}
	if n := len(log.lines(t, "request")); n != 300 {
		t.Errorf("%d lines for 300 requests", n)
	}
}
