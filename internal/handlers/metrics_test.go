package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// verdict is what a verifier returns for every request.
type verdict struct {
	caller *auth.Caller
	err    error
}

func (v verdict) Verify(context.Context, []string) (*auth.Caller, error) { return v.caller, v.err }

// wantCounted checks which counters have been incremented since the last call.
func wantCounted(t *testing.T, a *api, want ...string) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(a.counted()))); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

const usagesRoute = "/v1/{provider}/usages"

func TestCountedResponses(t *testing.T) {
	a := newAPI(t)
	a.get(usages + "&customer_id=secret")
	wantCounted(t, a, "requests_total miss "+usagesRoute+" 200")
	a.get(usages + "&customer_id=secret")
	wantCounted(t, a, "requests_total hit-memory "+usagesRoute+" 200")
	a.pass(6 * time.Minute)
	a.get(usages+"&customer_id=secret", "Cache-Control", "only-if-cached")
	wantCounted(t, a, "requests_total stale "+usagesRoute+" 200", "stale_answers_total only-if-cached")
	a.get(usages + "&customer_id=secret")
	wantCounted(t, a, "requests_total expired "+usagesRoute+" 200")
	a.pass(6 * time.Minute)
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.get(usages + "&customer_id=secret")
	wantCounted(t, a, "requests_total stale "+usagesRoute+" 200", "stale_answers_total error")
	a.get(usages + "&customer_id=secret")
	wantCounted(t, a, "requests_total stale "+usagesRoute+" 200", "stale_answers_total paused")
}

func TestCountedProblems(t *testing.T) {
	a := newAPI(t)
	a.fails(&fault.Error{Kind: fault.UpstreamError, Status: 503})
	a.get(usages)
	wantCounted(t, a, "requests_total miss "+usagesRoute+" 502", "problems_total upstream-error")
	a.get(usages, "Cache-Control", "only-if-cached")
	wantCounted(t, a, "requests_total none "+usagesRoute+" 504", "problems_total cache-miss")
	a.get(usages + "&x=1")
	wantCounted(t, a, "requests_total none "+usagesRoute+" 400", "problems_total invalid-request")
	for _, target := range []string{"/no/such/path/c-1234", "/v1/oracle/usages"} {
		a.get(target)
		wantCounted(t, a, "requests_total none unmatched 404", "problems_total not-found")
	}
}

func TestCountedRefusals(t *testing.T) {
	reader := &auth.Caller{Scopes: []string{"usage:read"}}
	unknown := func(reason string) verdict {
		return verdict{err: &fault.Error{Kind: fault.Unauthorized, Reason: reason}}
	}
	for want, tt := range map[string]struct {
		result verdict
		status int
		kind   fault.Kind
	}{
		"no-token": {unknown("no-token"), 401, fault.Unauthorized},
		"expired":  {unknown("expired"), 401, fault.Unauthorized},
		"no-keys":  {verdict{err: &fault.Error{Kind: fault.AuthUnavailable, Reason: "no-keys"}}, 503, fault.AuthUnavailable},
		"scope":    {verdict{caller: &auth.Caller{}}, 403, fault.Forbidden},
		"reach":    {verdict{caller: reader}, 403, fault.Forbidden},
	} {
		a := newAPI(t, func(o *handlers.Options) { o.Auth = tt.result })
		a.get(usages)
		wantCounted(t, a, fmt.Sprint("requests_total none ", usagesRoute, " ", tt.status), "problems_total "+string(tt.kind),
			"auth_refusals_total "+want)
		a.server.Refused(want)
		wantCounted(t, a, "auth_refusals_total "+want)
	}
}

// Series exist before their first event, so that it is an increase.
func TestSeriesBeginAtZero(t *testing.T) {
	a := newAPI(t)
	families, err := a.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, f := range families {
		got[f.GetName()] = len(f.GetMetric())
	}
	want := map[string]int{
		"problems_total": 18, "stale_answers_total": len(cache.StaleReasons()), "auth_refusals_total": len(auth.Reasons()) + 2,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A slow request leads to its trace if the trace is kept. The histogram is native beside its classic buckets.
func TestDurations(t *testing.T) {
	for _, sampler := range []sdktrace.Sampler{sdktrace.AlwaysSample(), sdktrace.NeverSample()} {
		tracer := sdktrace.NewTracerProvider(sdktrace.WithSampler(sampler)).Tracer("test")
		var id string
		a := newAPI(t, func(o *handlers.Options) {
			o.Trace = func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					ctx, span := tracer.Start(r.Context(), "request")
					defer span.End()
					if span.SpanContext().IsSampled() {
						id = "trace_id " + span.SpanContext().TraceID().String()
					}
					next.ServeHTTP(w, r.WithContext(ctx))
				})
			}
		})
		a.get(usages)
		families, err := a.registry.Gather()
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range families {
			if f.GetName() != "request_duration_seconds" {
				continue
			}
			h, exemplar := f.GetMetric()[0].GetHistogram(), ""
			if h.GetSampleCount() != 1 || len(h.GetBucket()) < 17 || h.GetSchema() <= 0 || len(h.GetPositiveSpan()) == 0 {
				t.Errorf("%v", h)
			}
			for _, b := range h.GetBucket() {
				for _, label := range b.GetExemplar().GetLabel() {
					exemplar = label.GetName() + " " + label.GetValue()
				}
			}
			if exemplar != id {
				t.Errorf("exemplar %q, want %q", exemplar, id)
			}
		}
	}
}

// Every outcome is counted by itself, also if there are more than are kept.
func TestOutcomes(t *testing.T) {
	registry := prometheus.NewRegistry()
	s := handlers.New(handlers.Options{Metrics: registry})
	kept := 0
	const routes = 3
	for range 2 {
		for route := range routes {
			for code := range 500 {
				for _, result := range []string{"miss", "none"} {
					kept = s.CountOutcome(fmt.Sprintf("/%d", route), 100+code, result)
				}
			}
		}
	}
	if kept != handlers.MaxSeries {
		t.Errorf("%d outcomes are kept", kept)
	}
	s.CountOutcome("/0", 1000, "none")
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	series := map[string]int{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			switch f.GetName() {
			case "requests_total":
				if n := m.GetCounter().GetValue(); n != 2 && (n != 1 || m.GetLabel()[2].GetValue() != "other") {
					t.Errorf("%v", m)
				}
				series["requests"]++
			case "request_duration_seconds":
				if n := m.GetHistogram().GetSampleCount(); n != 1000 && n != 1001 {
					t.Errorf("%v", m)
				}
				series["durations"]++
			}
		}
	}
	if series["requests"] != routes*1000+1 || series["durations"] != routes*2 {
		t.Errorf("%v", series)
	}
}
