package handlers_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// parameters sends every parameter with every kind of value.
func (s *survey) parameters(g *gateway, o documented, caller []string) {
	s.t.Helper()
	for _, r := range requestsOf(o) {
		s.send(g, o, http.MethodGet, o.target("azure")+r.query, r.want, caller...)
	}
	for _, provider := range []string{"aws", "gcp"} {
		s.send(g, o, http.MethodGet, o.target(provider), success, caller...)
	}
	if o.target("x") == o.path {
		return
	}
	for _, provider := range []string{"oracle", "AZURE", "azure%20", "%2e", "a%2Fb", strings.Repeat("x", 300)} {
		s.send(g, o, http.MethodGet, o.target(provider), wanted{404, "not-found", ""}, caller...)
	}
}

// methods sends every method, and requests that are too large.
func (s *survey) methods(g *gateway, o documented, caller []string) {
	s.t.Helper()
	target := o.target("azure")
	s.send(g, o, http.MethodHead, target, success, caller...)
	s.send(g, o, http.MethodHead, target+"?unknown=1", wanted{status: 400}, caller...)
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW", "get"} {
		s.send(g, o, method, target, wanted{405, "method-not-allowed", ""}, caller...)
	}
	options := s.send(g, o, http.MethodOptions, target, wanted{status: 204})
	preflight := s.send(g, o, http.MethodOptions, target, wanted{status: 204}, "Origin", app, "Access-Control-Request-Method", "GET")
	const methods = "GET, HEAD, OPTIONS"
	if options.Header.Get("Allow") != methods || preflight.Header.Get("Access-Control-Allow-Methods") != methods {
		s.t.Errorf("%s: OPTIONS %v, preflight %v", o.path, options.Header, preflight.Header)
	}
	long := target + "?customer_id=" + strings.Repeat("x", 100<<10)
	s.send(g, o, http.MethodGet, long, wanted{414, "uri-too-long", ""}, caller...)
	large := append(header("Cookie: "+strings.Repeat("x", 70<<10)), caller...)
	s.send(g, o, http.MethodGet, target, wanted{431, "headers-too-large", ""}, large...)
}

// conditions sends request header fields that change the response.
func (s *survey) conditions(g *gateway, o documented, caller []string) {
	s.t.Helper()
	target := o.target("azure")
	tag := s.send(g, o, http.MethodGet, target, success, caller...).Header.Get("ETag")
	notModified := success
	if tag != "" {
		notModified = wanted{status: 304}
	}
	notAcceptable := wanted{406, "not-acceptable", ""}
	asCSV := notAcceptable
	if slices.ContainsFunc(o.Parameters, func(p *v3.Parameter) bool { return p.Name == "format" }) {
		asCSV = success
	}
	for _, c := range []struct {
		want   wanted
		fields []string
	}{
		{success, []string{"Accept: */*", "Accept: application/json", "Accept: text/html, */*;q=0.1"}},
		{asCSV, []string{"Accept: text/csv", "Accept: text/*, application/json;q=0"}},
		{success, []string{"Range: bytes=0-1\nIf-Match: \"x\""}},
		{notAcceptable, []string{"Accept: text/html", "Accept: application/problem+json", "Accept: application/json;q=0"}},
		{success, []string{"Accept-Encoding: gzip", "Accept-Encoding: identity", "Accept-Encoding: br;q=1, *;q=0"}},
		{notModified, []string{"If-None-Match: *", `If-None-Match: "x", ` + tag, "If-None-Match: " + tag + "\nAccept-Encoding: gzip"}},
		{success, []string{`If-None-Match: "x"`, `If-None-Match: "a,*,b"`, "If-Modified-Since: Wed, 18 Jun 2025 12:00:00 GMT"}},
		{success, []string{"Cache-Control: no-cache", "Cache-Control: only-if-cached", "Cache-Control: no-store, max-age=0"}},
		{success, []string{"Priority: u=7"}},
		{success, []string{"X-Request-Id: mine", "X-Request-Id: a b", "Origin: " + app, "Origin: https://other.example.com"}},
	} {
		for _, fields := range c.fields {
			for _, method := range []string{http.MethodGet, http.MethodHead} {
				s.send(g, o, method, target, c.want, append(header(fields), caller...)...)
			}
		}
	}
	s.send(g, o, http.MethodGet, target+"?unknown=1", invalid("unknown"), append(header("Origin: "+app), caller...)...)
	if tag != "" {
		miss := append(header("Cache-Control: only-if-cached"), caller...)
		s.send(g, o, http.MethodGet, target+"?customer_id=never-requested", wanted{504, "cache-miss", ""}, miss...)
	}
}

// header returns field lines as names and values.
func header(lines string) (pairs []string) {
	for line := range strings.SplitSeq(lines, "\n") {
		name, value, _ := strings.Cut(line, ": ")
		pairs = append(pairs, name, value)
	}
	return pairs
}

// callers sends requests of callers with less access, or none.
func (s *survey) callers(g *gateway, o documented) {
	s.t.Helper()
	everything := claimsOf("eva", grant("distributors", "*")...)
	scopeless := sign(s.t, with(everything, jwt.MapClaims{"scope": "cache:purge"}))
	expired := sign(s.t, with(everything, jwt.MapClaims{"exp": noon.Unix()}))
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		s.send(g, o, method, o.target("azure"), wanted{403, "forbidden", ""}, "Authorization", "Bearer "+scopeless)
		s.send(g, o, method, o.target("azure"), wanted{401, "unauthorized", ""}, "Authorization", "Bearer "+expired)
	}
	s.send(g, o, http.MethodGet, o.target("azure"), wanted{401, "unauthorized", ""})
	for _, fields := range []string{
		"Authorization: Basic eDp5", "Authorization: Bearer a.b.c", "Authorization: Bearer a\nAuthorization: Bearer b",
	} {
		s.send(g, o, http.MethodGet, o.target("azure"), wanted{401, "unauthorized", ""}, header(fields)...)
	}
	customers, resellers := choices(s.t, g, "customers"), choices(s.t, g, "resellers")
	for i, profiles := range [][]profile{
		nil, grant("customers", "*", "x"), grant("customers", "*"),
		grant("customers", customers[0]), grant("customers", customers[:2]...),
		grant("resellers", resellers[0]), append(grant("resellers", resellers[0]), grant("customers", customers[:2]...)...),
	} {
		caller := bearer(g.person("caller "+strconv.Itoa(i), profiles...))
		for _, query := range []string{
			"", "?view=customers", "?view=resellers", "?cost=resellers", "?cost=customers", "?unknown=1", "?distributor_id=d",
			"?customer_id=" + customers[0], "?customer_id=" + customers[2], "?reseller_id=" + resellers[0],
		} {
			for range 2 { // the second time through the memo, unless it was refused
				s.send(g, o, http.MethodGet, o.target("azure")+query, anything, caller...)
			}
		}
	}
}

// choices returns the ids of a level that Rocket has.
func choices(t *testing.T, g *gateway, level string) (ids []string) {
	t.Helper()
	_, content := g.send(http.MethodGet, "/v1/azure/"+level, bearer(g.person("zoe", grant("distributors", "*")...))...)
	var rows []struct{ Value string }
	if err := json.Unmarshal([]byte(content), &rows); err != nil || len(rows) < 3 {
		t.Fatalf("%s: %v %s", level, err, content)
	}
	for _, row := range rows {
		ids = append(ids, row.Value)
	}
	return ids
}
