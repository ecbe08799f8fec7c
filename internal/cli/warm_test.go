package cli

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWarmSendsOneTrendPerProvider(t *testing.T) {
	g := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Status", "rocket-gateway; fwd=miss")
	})
	for _, c := range []struct{ args, want []string }{
		{[]string{"--trend"}, []string{"/v1/aws/trend", "/v1/azure/trend", "/v1/gcp/trend"}},
		{[]string{"--trend", "--months", "24", "--provider", "aws"}, []string{"/v1/aws/trend?months=24"}},
		{[]string{"--trend", "--months", "2", "--provider", "azure,gcp"}, []string{"/v1/azure/trend?months=2", "/v1/gcp/trend?months=2"}},
	} {
		execute(t.Context(), nil, append([]string{"warm", "--url", g.URL}, c.args...)...).
			want(t, 0, ` (query|queries) in \S+: \d fetched, 0 cached already, 0 failed\n$`, "")
		if diff := cmp.Diff(c.want, slices.Sorted(slices.Values(g.targets()))); diff != "" {
			t.Errorf("%v: -want +got:\n%s", c.args, diff)
		}
	}
}

func TestWarmReadsAnyPathOfTheAPI(t *testing.T) {
	g := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Status", "rocket-gateway; hit; ttl=1")
	})
	list := write(t, "- /v1/azure/trend?months=24\n- /v1/aws/overview?period=previous\n- /v1/gcp/usages/top?n=5\n")
	execute(t.Context(), nil, "warm", "--url", g.URL, "--concurrency", "1", "--file", list).
		want(t, 0, `^3 queries in \S+: 0 fetched, 3 cached already`, "")
	want := []string{"/v1/azure/trend?months=24", "/v1/aws/overview?period=previous", "/v1/gcp/usages/top?n=5"}
	if diff := cmp.Diff(want, g.targets()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestWarmNeedsOneSourceOfQueries(t *testing.T) {
	list := write(t, "[]")
	for _, c := range []struct {
		args   []string
		status int
		stderr string
	}{
		{nil, 2, `one of --file, --trend or --months is required`},
		{[]string{"--trend", "--file", list}, 2, `--file and --trend can't be used together`},
		{[]string{"--months", "2", "--file", list}, 2, `--file and --months can't be used together`},
		{[]string{"--trend", "--months", "1"}, 1, `--months must be from 2 to 24`},
		{[]string{"--trend", "--months", "25"}, 1, `--months must be from 2 to 24`},
		{[]string{"--trend", "--months", "0"}, 1, `--months must be from 2 to 24`},
		{[]string{"--months", "0"}, 1, `--months must be from 1 to 24`},
		{[]string{"--trend", "--concurrency", "0"}, 1, `--concurrency must be from 1 to 64`},
	} {
		execute(t.Context(), nil, append([]string{"warm"}, c.args...)...).want(t, c.status, "", c.stderr)
	}
}

// A signal ends the queries in flight, which are no failures, and those that were answered are counted.
func TestWarmReportsWhatItDidBeforeASignal(t *testing.T) {
	ctx, signal := context.WithCancel(t.Context())
	g := respond(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/azure/usages":
			w.Header().Set("Cache-Status", "rocket-gateway; fwd=miss")
		default:
			signal()
			<-r.Context().Done()
		}
	})
	list := write(t, "[/v1/azure/usages, /v1/aws/usages, /v1/gcp/usages]")
	execute(ctx, nil, "warm", "--url", g.URL, "--concurrency", "1", "--file", list).
		want(t, 1, `^1 query in \S+: 1 fetched, 0 cached already, 0 failed, 2 left\n$`, `^gateway: interrupted; run it again to continue`)
}

func TestWarmIsInterruptedWhileItReadsTheCustomers(t *testing.T) {
	ctx, signal := context.WithCancel(t.Context())
	g := respond(t, func(_ http.ResponseWriter, r *http.Request) {
		signal()
		<-r.Context().Done()
	})
	execute(ctx, nil, "warm", "--url", g.URL, "--months", "1").want(t, 1, `^0 queries in `, `^gateway: interrupted`)
}

func TestWarmNamesTheFirstFailure(t *testing.T) {
	g := respond(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"status":403,"detail":"Your token has no profile for aws."}`))
	})
	execute(t.Context(), nil, "warm", "--url", g.URL, "--trend", "--provider", "aws").
		want(t, 1, `0 fetched, 0 cached already, 1 failed`,
			`the first failure: /v1/aws/trend: 403 Forbidden: Your token has no profile for aws\.`)
}
