package rocketsim_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// FuzzQuery calls the handler directly, since net/http would recover a panic.
func FuzzQuery(f *testing.F) {
	sim := rocketsim.New(rocketsim.Options{Username: username, Password: password, Customers: 2, Now: fixed(today)})
	login := call(f.Context(), sim, "auth/login", "", credentials("Username", "Password", username, password))
	token := decode[loginReply](f, login.Body.String()).Token
	endpoints := []string{"azure/usages", "aws/indicators", "gcp/by-day", "azure/by-month", "aws/by-tag", "gcp/filters/customers"}
	for i, seed := range []string{
		month("2026-06").String(), over("0001-01-01", "9999-12-31").with("view", "resources").String(),
		over("2026-06-30", "2026-06-01").String(), month("2026-06").with("customer_id", "\x00\u2028").String(),
		`{"filters":[{"key":"start_time"}]}`, `{"filters":[null]}`, `[]`, `null`, ``, `{`, `{"filters":[]}}`, "\xff",
	} {
		f.Add([]byte(seed), uint8(i))
	}
	f.Fuzz(func(t *testing.T, body []byte, pick uint8) {
		w := call(t.Context(), sim, endpoints[int(pick)%len(endpoints)], token, string(body))
		if w.Code != http.StatusOK && w.Code != http.StatusBadRequest {
			t.Fatalf("%d for %q", w.Code, body)
		}
		if w.Code == http.StatusOK && !json.Valid(body) {
			t.Errorf("a response to what is no JSON: %q", body)
		}
		if !json.Valid(w.Body.Bytes()) {
			t.Errorf("%d with %q for %q", w.Code, w.Body, body)
		}
	})
}
