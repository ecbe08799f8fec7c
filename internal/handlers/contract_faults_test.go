package handlers_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// A response that differs from the contract is found, whatever the difference: without that, TestContract would prove nothing.
func TestDifferencesFromTheContractAreFound(t *testing.T) {
	const row = `{"id":"1","parent_id":"2","resource_type":"customers","type":"1","name":"n","last":1,"actual":2,"forecast":3,` +
		`"leaf":true,"extra":{"any":[1]}}`
	a := newAPI(t, withTokens(t), withOrigins(app))
	a.responds(array(row))
	ana := person{a, sign(t, with(claimsOf("ana", distributors("*")), jwt.MapClaims{"exp": noon.AddDate(1, 0, 0).Unix()}))}
	targets := map[string]func() *http.Response{
		"usages":   func() *http.Response { return ana.get(usages, "Origin", app) },
		"304":      func() *http.Response { return ana.get(usages, "If-None-Match", "*") },
		"me":       func() *http.Response { return ana.get("/v1/me") },
		"problem":  func() *http.Response { return ana.get(usages + "&x=1") },
		"no token": func() *http.Response { return a.get(usages) },
	}
	replace := func(old, text string) func(*http.Response, *string) {
		return func(_ *http.Response, body *string) {
			if !strings.Contains(*body, old) {
				t.Errorf("%s is not in %s", old, *body)
			}
			*body = strings.Replace(*body, old, text, 1)
		}
	}
	set := func(name string, values ...string) func(*http.Response, *string) {
		return func(resp *http.Response, _ *string) {
			if resp.Header[name] = values; len(values) == 0 {
				delete(resp.Header, name)
			}
		}
	}
	status := func(code int) func(*http.Response, *string) {
		return func(resp *http.Response, _ *string) { resp.StatusCode = code }
	}
	for name, c := range map[string]struct {
		of    string
		alter func(*http.Response, *string)
	}{
		"a member of another type":           {"usages", replace(`"last":1`, `"last":"1"`)},
		"an undocumented member":             {"usages", replace(`"last":1`, `"last":1,"more":[]`)},
		"a missing member":                   {"usages", replace(`"last":1,`, ``)},
		"an object for a list":               {"usages", replace(array(row), row)},
		"no JSON":                            {"usages", replace(array(row), "[")},
		"no body":                            {"usages", replace(array(row), "")},
		"another media type":                 {"usages", set("Content-Type", "text/plain")},
		"an undocumented field":              {"usages", set("X-Extra", "1")},
		"a field of another type":            {"usages", set("Age", "soon")},
		"a field out of its range":           {"usages", set("Age", "-1")},
		"a field with another value":         {"usages", set("X-Period-State", "unknown")},
		"a missing field":                    {"usages", set("Etag")},
		"a missing security field":           {"usages", set("X-Content-Type-Options")},
		"an undocumented status":             {"usages", status(418)},
		"the status of another body":         {"usages", status(400)},
		"an undocumented member of me":       {"me", replace(`"scopes":`, `"role":"admin","scopes":`)},
		"a member of me of another type":     {"me", replace(`"subject":"ana"`, `"subject":5`)},
		"a malformed time":                   {"me", replace(`"expires_at":"2026-06-18T12:00:00Z"`, `"expires_at":"tomorrow"`)},
		"an unknown level":                   {"me", replace(`"level":"distributors"`, `"level":"directors"`)},
		"an undocumented status of me":       {"me", status(404)},
		"a field that me does not have":      {"me", set("Etag", `"x"`)},
		"a problem with a member of a type":  {"problem", replace(`"errors":[`, `"errors":["x",`)},
		"a problem with an undocumented one": {"problem", replace(`"title":`, `"stack":"main.go","title":`)},
		"a problem without detail":           {"problem", replace(`"detail":`, `"text":`)},
		"a problem that may be stored":       {"problem", set("Cache-Control", "max-age=60")},
		"a problem of another media type":    {"problem", set("Content-Type", "application/json")},
		"a 401 without WWW-Authenticate":     {"no token", set("Www-Authenticate")},
		"a 304 with a body":                  {"304", func(_ *http.Response, body *string) { *body = "[]" }},
		"a 304 with an undocumented field":   {"304", set("X-Extra", "1")},
		"a 304 without its tag":              {"304", set("Etag")},
	} {
		resp := targets[c.of]()
		target := usages
		if c.of == "me" {
			target = "/v1/me"
		}
		o := theContract(t).operationOf(t, target)
		text := body(t, resp)
		if found := theContract(t).violations(o, http.MethodGet, resp, text); len(found) > 0 {
			t.Errorf("%s, unaltered: %q", c.of, found)
		}
		if c.alter(resp, &text); len(theContract(t).violations(o, http.MethodGet, resp, text)) == 0 {
			t.Errorf("%s is not found", name)
		}
	}
	resp := ana.do(http.MethodHead, usages)
	o := theContract(t).operationOf(t, usages)
	if found := theContract(t).violations(o, http.MethodHead, resp, ""); len(found) > 0 {
		t.Errorf("HEAD: %q", found)
	}
	if found := theContract(t).violations(o, http.MethodHead, resp, "[]"); len(found) == 0 {
		t.Error("HEAD with a body is not found")
	}
}
