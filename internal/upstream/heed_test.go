package upstream_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

// A Rocket that says when it will be well again is not asked before.
func TestAnUnwellRocketIsHeeded(t *testing.T) {
	r := start(t, nil, func(w http.ResponseWriter, r *http.Request, n int) {
		w.Header().Set("Retry-After", "7")
		responds(503)(w, r, n)
	})
	_, err := fetch(t, connect(t, options(t, r.URL)), usages(t))
	if f := wantFault(t, err, fault.UpstreamError, 503); f.RetryAfter != 7*time.Second {
		t.Errorf("to be tried again in %s", f.RetryAfter)
	}
	r.wantCounts(t, 1, 1)
}
