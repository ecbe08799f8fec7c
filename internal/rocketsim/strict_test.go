package rocketsim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

func TestBadQuestionsAreRefused(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	q := month("2026-04")
	good := q.String()
	for name, body := range map[string]string{
		"unknown filter key":           q.with("tenant_id", "").String(),
		"key in another case":          q.without("view").with("View", "customers").String(),
		"doubled key":                  append(q, filter{"view", "customers"}).String(),
		"doubled empty key":            append(q, filter{"customer_id", ""}).String(),
		"day that does not exist":      q.with("end_time", "2026-04-31").String(),
		"day with a time":              q.with("end_time", "2026-04-30T00:00:00Z").String(),
		"day the Brazilian way":        q.with("start_time", "01/04/2026").String(),
		"end before start":             over("2026-04-30", "2026-04-01").String(),
		"no dates":                     q.without("start_time").without("end_time").String(),
		"no start":                     q.without("start_time").String(),
		"no end":                       q.without("end_time").String(),
		"empty start":                  q.with("start_time", "").String(),
		"empty end":                    q.with("end_time", "").String(),
		"unknown view":                 q.with("view", "galaxies").String(),
		"view of one customer":         q.with("view", "customer").String(),
		"unknown cost":                 q.with("cost", "galaxies").String(),
		"cost in another case":         q.with("cost", "Resellers").String(),
		"empty body":                   "",
		"not JSON":                     "start_time=2026-04-01",
		"half of the JSON":             good[:len(good)-1],
		"list instead of an object":    "[]",
		"filters as an object":         `{"filters":{"start_time":"2026-04-01","end_time":"2026-04-30"}}`,
		"no filters":                   `{}`,
		"null":                         `null`,
		"null filters":                 `{"filters":null}`,
		"unknown member beside":        strings.Replace(good, `{`, `{"page":1,`, 1),
		"unknown member in a filter":   strings.Replace(good, `{"key"`, `{"op":"eq","key"`, 1),
		"filter without a value":       strings.Replace(good, `,"value":"2026-04-01"`, ``, 1),
		"filter without a key":         strings.Replace(good, `"key":"start_time",`, ``, 1),
		"null value":                   strings.Replace(good, `"2026-04-01"`, `null`, 1),
		"number as a value":            strings.Replace(good, `"1"`, `1`, 1),
		"two queries":                  good + good,
		"a brace too many":             good + "}",
		"a bracket too many":           good + "]",
		"words behind":                 good + " please",
		"more than a megabyte":         q.with("customer_id", strings.Repeat("x", 1<<20)).String(),
		"more than a megabyte of tail": good + strings.Repeat(" ", 1<<20),
	} {
		t.Run(name, func(t *testing.T) {
			for _, endpoint := range []string{"azure/usages", "aws/indicators", "gcp/filters/customers"} {
				r := c.send(t, http.MethodPost, "/api/v4/"+endpoint, body, nil)
				expectRefusal(t, r, http.StatusBadRequest)
			}
		})
	}
}

func TestWrongDoorsAreRefused(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	const usages = "/api/v4/azure/usages"
	tests := []struct {
		name, method, path string
		header             map[string]string
		want               int
	}{
		{"form content type", "POST", usages, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415},
		{"problem content type", "POST", usages, map[string]string{"Content-Type": "application/problem+json"}, 415},
		{"no content type", "POST", usages, map[string]string{"Content-Type": ""}, 415},
		{"content type with charset", "POST", usages, map[string]string{"Content-Type": "application/json; charset=utf-8"}, 200},
		{"GET", "GET", usages, nil, 405},
		{"PUT", "PUT", usages, nil, 405},
		{"DELETE", "DELETE", "/api/v4/gcp/filters/customers", nil, 405},
		{"GET on the login", "GET", "/api/v4/auth/login", nil, 405},
		{"unknown provider", "POST", "/api/v4/oracle/usages", nil, 404},
		{"provider in another case", "POST", "/api/v4/Azure/usages", nil, 404},
		{"unknown endpoint", "POST", "/api/v4/azure/invoices", nil, 404},
		{"unknown picker", "POST", "/api/v4/azure/filters/galaxies", nil, 404},
		{"other version", "POST", "/api/v3/azure/usages", nil, 404},
		{"trailing slash", "POST", usages + "/", nil, 404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if r := c.send(t, test.method, test.path, month("2026-04").String(), test.header); r.status != test.want {
				t.Errorf("%d, want %d: %s", r.status, test.want, r.body)
			}
		})
	}
}

// TestRefusalsHaveAnOrder: who is not let in learns nothing about the query.
func TestRefusalsHaveAnOrder(t *testing.T) {
	t.Parallel()
	c := open(t, rocketsim.Options{})
	bad := map[string]string{"Content-Type": "text/plain", "Authorization": "Bearer guess"}
	expectRefusal(t, c.send(t, "POST", "/api/v4/azure/usages", "{", bad), http.StatusUnauthorized)
	delete(bad, "Authorization")
	expectRefusal(t, c.send(t, "POST", "/api/v4/azure/usages", "{", bad), http.StatusUnsupportedMediaType)
}

// expectRefusal wants a status and a reason in JSON.
func expectRefusal(t *testing.T, r reply, status int) {
	t.Helper()
	if r.status != status || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%d %s, want %d: %.200s", r.status, r.header.Get("Content-Type"), status, r.body)
		return
	}
	if decode[map[string]string](t, string(r.body))["error"] == "" {
		t.Errorf("no reason in %s", r.body)
	}
}
