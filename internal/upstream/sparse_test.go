package upstream_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Filters without a value are not sent, and the body is returned as it is: Fetch would return [] for null.
func TestFetchSparse(t *testing.T) {
	r := start(t, nil, returns("null"))
	c := connect(t, options(t, r.URL))
	body, err := c.FetchSparse(t.Context(), newQuery(t, query.Usages, query.Azure, query.Params{CustomerID: "c"}))
	if err != nil || string(body) != "null" {
		t.Errorf("%q, %v", body, err)
	}
	_, queries := r.seen()
	const want = `{"filters":[{"key":"start_time","value":"2025-06-01"},{"key":"end_time","value":"2025-06-30"},` +
		`{"key":"customer_id","value":"c"},{"key":"view","value":"subscriptions"},{"key":"invoice_type","value":"1"},` +
		`{"key":"cost","value":"resellers"},{"key":"catalog","value":"consumption"},{"key":"catalog","value":"marketplace"}]}`
	if got := queries[0]; got.body != want || got.path != "/api/v4/azure/usages" || got.header.Get("Authorization") != "Bearer token-1" {
		t.Errorf("Rocket was sent %+v", got)
	}
}

func TestFetchSparseThatFails(t *testing.T) {
	r := start(t, nil, responds(http.StatusServiceUnavailable))
	_, err := connect(t, options(t, r.URL)).FetchSparse(t.Context(), usages(t))
	wantFault(t, err, fault.UpstreamError, http.StatusServiceUnavailable)
	r.wantCounts(t, 1, 1) // no retry

	small := options(t, start(t, nil, returns("["+strings.Repeat(" ", 1<<10)+"]")).URL)
	small.MaxResponseBytes = 1 << 9
	_, err = connect(t, small).FetchSparse(t.Context(), usages(t))
	if f := fault.Of(err); f.Kind != fault.UpstreamInvalidResponse {
		t.Errorf("a body that is too large: %v", err)
	}

	gone := start(t, nil, nil)
	gone.Close()
	_, err = connect(t, options(t, gone.URL)).FetchSparse(t.Context(), usages(t))
	wantFault(t, err, fault.UpstreamError, 0)
}
