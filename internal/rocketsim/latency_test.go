package rocketsim_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// call goes to the handler straight: in a synctest bubble time stands still while anything waits for the network.
func call(ctx context.Context, sim *rocketsim.Server, path, token, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(ctx, http.MethodPost, "/api/v4/"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	sim.ServeHTTP(w, r)
	return w
}

// slow is a simulator that takes three seconds for a query, and a token for it.
func slow(t *testing.T) (*rocketsim.Server, string) {
	t.Helper()
	sim := rocketsim.New(rocketsim.Options{
		Username: username, Password: password, Customers: 3, Latency: 3 * time.Second, Now: fixed(today),
	})
	w := call(t.Context(), sim, "auth/login", "", credentials("Username", "Password", username, password))
	return sim, decode[loginReply](t, w.Body.String()).Token
}

func TestLatency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		started := time.Now()
		sim, token := slow(t)
		if took := time.Since(started); took != 0 {
			t.Errorf("the login took %s", took)
		}
		if w := call(t.Context(), sim, "azure/usages", token, month("2026-04").String()); w.Code != http.StatusOK {
			t.Errorf("%d %s", w.Code, w.Body)
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("a query took %s", took)
		}
	})
}

// TestLatencyEndsWithTheClient: who hangs up is not waited for.
func TestLatencyEndsWithTheClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		sim, token := slow(t)
		started := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if w := call(ctx, sim, "azure/usages", token, month("2026-04").String()); w.Body.Len() != 0 {
			t.Errorf("a response after the client has gone: %s", w.Body)
		}
		if took := time.Since(started); took != time.Second {
			t.Errorf("it took %s", took)
		}
	})
}
