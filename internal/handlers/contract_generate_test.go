package handlers_test

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pb33f/libopenapi/datamodel/high/base"
	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// wanted is what a generated request should lead to, beyond a response that the contract documents.
type wanted struct {
	status  int    // zero: any that is documented
	problem string // type of the problem; empty: any, or none
	names   string // a parameter that the problem names
}

var (
	anything = wanted{}
	success  = wanted{status: 200}
)

func invalid(parameter string) wanted { return wanted{400, "invalid-request", parameter} }

// request is one generated request. The query is percent-encoded.
type request struct {
	query string
	want  wanted
}

// companions are parameters without which others are not valid.
var companions = map[string]string{
	"start_time": "end_time=2025-06-30", "end_time": "start_time=2025-06-01", "offset": "limit=10", "align": "months=3", "csv": "format=csv",
}

// requestsOf returns requests with every parameter of an operation: values that its schema allows or refuses, then what no schema
// documents for combinations of parameters.
func requestsOf(o documented) []request {
	requests := []request{
		{"", success}, {"?unknown=1", invalid("unknown")}, {"?Provider=azure", invalid("Provider")}, {"?%zz=1", invalid("%zz")},
		{"?=1", anything}, {"?&", success}, {"?a=1&a=2", invalid("a")},
	}
	var names, allInvalid, unchanged []string
	for _, p := range o.Parameters {
		if p.In != "query" {
			continue
		}
		requests = append(requests, parameterRequests(p)...)
		names = append(names, p.Name)
		allInvalid = append(allInvalid, p.Name+"=%00")
		if shown := examplesOf(p); len(shown) > 0 {
			unchanged = append(unchanged, shown[0])
		}
	}
	if len(names) == 0 {
		return requests
	}
	for _, name := range names {
		requests = append(requests, combinations[name]...)
	}
	together := shownTogether(o)
	reversed := slices.Clone(together)
	slices.Reverse(reversed)
	return append(requests,
		request{"?" + strings.Join(allInvalid, "&"), invalid("cost")},
		request{"?" + strings.Join(unchanged, "&"), success}, // as Swagger UI sends them if they stay as they are
		request{"?" + strings.Join(together, "&"), success},
		request{"?" + strings.Join(reversed, "&"), success},
		request{"?" + strings.Join(together, "&") + "&start_time=2025-06-01&end_time=2025-06-30", invalid("start_time")},
		request{"?start_time=2025-06-01&" + strings.Join(reversed, "&"), invalid("start_time")},
	)
}

func parameterRequests(p *v3.Parameter) (requests []request) {
	add := func(value string, want wanted) {
		query := "?" + p.Name + "=" + value
		if with := companions[p.Name]; with != "" && value != "" {
			query += "&" + with
		}
		requests = append(requests, request{query, want})
	}
	schema := p.Schema.Schema()
	if slices.Contains(schema.Type, "array") {
		item := schema.Items.A.Schema()
		most := int(*schema.MaxItems)
		add(several(p.Name, most), anything)
		add(several(p.Name, most+1), invalid(p.Name))
		schema = item
	} else {
		add("&"+p.Name+"=", invalid(p.Name))
		add("x&"+p.Name+"=x", invalid(p.Name))
	}
	for _, pair := range examplesOf(p) {
		add(strings.TrimPrefix(pair, p.Name+"="), success)
	}
	for _, value := range schema.Enum {
		add(url.QueryEscape(value.Value), success)
	}
	add("", success)
	for _, value := range []string{"%zz", "%", "%ff", "%00", "a%0Ab", "a%7Fb", "a;b"} {
		add(value, invalid(p.Name))
	}
	for _, value := range candidates {
		want := invalid(p.Name)
		if allowed(schema, value) {
			want = anything
		}
		add(url.QueryEscape(value), want)
	}
	return requests
}

// several returns a list of different values, without the first name.
func several(name string, n int) string {
	values := make([]string, n)
	for i := range values {
		values[i] = "c" + strings.Repeat("x", i)
	}
	return strings.Join(values, "&"+name+"=")
}

// candidates are texts that some schema allows and some other refuses.
var candidates = []string{
	"current", "CURRENT", "previous", "2025-06", "2025-6", "2025-13", "0000-01", "2025-06-30", "2025-06-31", "2025-06-1", "20250630",
	"x", "X", "a-b_c9", "9a", "-", "_", "0", "1", " ", "é", "*", "all", "'", `"`, "<script>", "../..", "customers", "subscriptions",
	"resellers", "tenants", strings.Repeat("v", 64), strings.Repeat("v", 65), strings.Repeat("x", 256), strings.Repeat("x", 257),
	strings.Repeat("𝔘", 256), strings.Repeat("é", 257),
}

// allowed reports whether a schema of text or of a whole number allows a value.
func allowed(s *base.Schema, value string) bool {
	for _, known := range s.Enum {
		if known.Value == value {
			return true
		}
	}
	if len(s.Enum) > 0 {
		return false
	}
	if slices.Contains(s.Type, "integer") {
		n, err := strconv.ParseFloat(value, 64)
		return err == nil && n >= *s.Minimum && n <= *s.Maximum
	}
	if s.MaxLength != nil && len([]rune(value)) > int(*s.MaxLength) {
		return false
	}
	return s.Pattern == "" || regexp.MustCompile(s.Pattern).MatchString(value)
}
