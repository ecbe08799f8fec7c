package conformance_test

import (
	"bytes"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/client"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// oddRocket returns the URL of a simulator whose first rows have amounts that are no numbers.
func oddRocket(t *testing.T, amounts ...string) string {
	t.Helper()
	actual := regexp.MustCompile(`"actual":[-.0-9]+`)
	sim := rocketsim.New(rocketsim.Options{Username: account, Password: account})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		recorded, left := httptest.NewRecorder(), amounts
		sim.ServeHTTP(recorded, r)
		body := actual.ReplaceAllFunc(recorded.Body.Bytes(), func(text []byte) []byte {
			if len(left) > 0 {
				text, left = []byte(left[0]), left[1:]
			}
			return bytes.Clone(text)
		})
		maps.Copy(w.Header(), recorded.Header())
		w.Header().Del("Content-Length")
		w.WriteHeader(recorded.Code)
		_, _ = w.Write(body)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/rocketsvc"
}

// The gateway does not check Rocket's amounts. What is no number counts as 0, here as in its sums.
func TestAmountsThatAreNoNumbers(t *testing.T) {
	odd := []string{`"actual":null`, `"actual":"12.5"`, `"other":1`}
	c := start(t, "ROCKET_URL="+oddRocket(t, odd...)).client(everything(client.AWS))
	top, err := c.UsagesTop(t.Context(), client.AWS, client.UsagesTopParams{Period: june, View: "customers"})
	if err != nil {
		t.Fatal(err)
	}
	sum, none := new(big.Rat), 0
	for row, err := range client.All(t.Context(), c.Usages, client.AWS, client.UsagesParams{Period: june, View: "customers"}) {
		if err != nil {
			t.Fatal(err)
		}
		if sum.Add(sum, row.Actual.Rat()); !row.Actual.IsNumber() {
			none++
		}
	}
	if none != len(odd) || sum.Sign() <= 0 || sum.Cmp(top.Body.Total.Actual.Rat()) != 0 {
		t.Errorf("%d amounts are no numbers, the others sum up to %s, want %s", none, sum.FloatString(10), top.Body.Total.Actual)
	}
}
