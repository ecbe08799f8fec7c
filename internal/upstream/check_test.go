package upstream

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const asJSON = "application/json"

// A row, or the object, of each endpoint with no more than the contract requires of it.
var least = map[*query.Endpoint]string{
	query.Usages: `{"id":null}`, query.Indicators: `{"last":1,"actual":2}`,
	query.ByDay: `{"label":"2025-06-01"}`, query.ByMonth: `{"label":7}`, query.ByPublisher: `{"label":{}}`,
	query.ByCategory: `{"name":"all"}`, query.ByTag: `{"name":[]}`,
	query.Customers: `{"value":"c-1","label":"A"}`, query.Subscriptions: `{"label":"","value":""}`,
	query.Resellers: `{"label":null,"value":null}`,
}

func TestCheckRequiresTheMembersOfEachEndpoint(t *testing.T) {
	for _, e := range query.Endpoints() {
		full := least[e]
		var members map[string]json.RawMessage
		if err := json.Unmarshal([]byte(full), &members); err != nil {
			t.Fatalf("%s: %v", e.Name, err)
		}
		wantAccepted(t, e, inShape(e, full))
		wantAccepted(t, e, inShape(e, strings.Replace(full, "{", `{"x":[{"id":1},"]"],`, 1)))
		for name := range members {
			less := map[string]json.RawMessage{"error": []byte(`"none"`)}
			for other, value := range members {
				if other != name {
					less[other] = value
				}
			}
			wantRefused(t, e, inShape(e, marshalled(less)), "has no member "+name)
			wantRefused(t, e, inShape(e, strings.Replace(full, `"`+name+`"`, `"`+strings.ToUpper(name)+`"`, 1)), "has no member "+name)
			wantRefused(t, e, inShape(e, `{"deeper":`+full+`}`), "has no member")
		}
	}
}

func inShape(e *query.Endpoint, object string) string {
	if e.Shape == query.Object {
		return object
	}
	return "[" + least[e] + "," + object + "]"
}

func marshalled(value any) string {
	text, _ := json.Marshal(value)
	return string(text)
}

func TestCheckShapeOfEachEndpoint(t *testing.T) {
	for _, e := range query.Endpoints() {
		for body, reason := range map[string]string{
			``:              "is empty",
			" \r\n\t":       "is empty",
			`{"error":"x"}`: "", // for a list not an array, for an object without its members
			`"[]"`:          "is a string, not an",
			`1`:             "is a number, not an",
			`false`:         "is a boolean, not an",
			`[["id"]]`:      "", // a list of arrays, or an array for an object
			`[null]`:        "",
			`["a","b"]`:     "",
		} {
			wantRefused(t, e, body, reason)
		}
		if e.Shape == query.Object {
			wantRefused(t, e, `[]`, "is an array, not an object")
			wantRefused(t, e, `null`, "is null, not an object")
			wantRefused(t, e, `[`+least[e]+`]`, "is an array, not an object")
			continue
		}
		wantRefused(t, e, least[e], "is an object, not an array")
		wantRefused(t, e, `{}`, "is an object, not an array")
		wantRefused(t, e, `[`+least[e]+`,"x"]`, "Row 2 of Rocket's response is a string")
		for _, null := range []string{"null", " \r\nnull\t"} {
			if got, err := check([]byte(null), asJSON, e); err != nil || string(got) != "[]" {
				t.Errorf("%s, %q: %q, %v", e.Name, null, got, err)
			}
		}
	}
}

func TestCheckJSON(t *testing.T) {
	for name, c := range map[string]struct {
		body, reason string // empty: accepted
	}{
		"an empty list":              {"[]", ""},
		"white space":                {" \t\r\n[ ] \n", ""},
		"duplicate members":          {`[{"id":"a","id":"b","x":{"y":1,"y":2}}]`, ""},
		"an escaped name":            {`[{"\u0069d":"a"}]`, ""},
		"long numbers":               {`[{"id":1620.8050073074419000,"n":[1e400,123456789012345678901234567890,-0]}]`, ""},
		"a lone surrogate escape":    {`[{"id":"\ud800"}]`, ""},
		"one within a name":          {`[{"\ud800":1,"id":1}]`, ""},
		"cut off":                    {`[{"id":"a"},`, "is not valid JSON after byte 11"},
		"cut off within a row":       {`[{"id":"a`, "is not valid JSON"},
		"cut off within null":        {`nul`, "is not valid JSON"},
		"two values":                 {"[][]", "has more than one JSON value"},
		"two nulls":                  {"null null", "has more than one JSON value"},
		"trailing data":              {"[]<!-- served in 3 ms -->", "is not valid JSON"},
		"data after null":            {"null,", "is not valid JSON"},
		"a comma too many":           {`[{"id":1},]`, "is not valid JSON"},
		"a comma too many in a row":  {`[{"id":1,}]`, "is not valid JSON"},
		"a missing colon":            {`[{"id" 1}]`, "is not valid JSON"},
		"a name without quotes":      {`[{id:1}]`, "is not valid JSON"},
		"a number for a name":        {`[{1:1}]`, "is not valid JSON"},
		"a mismatched bracket":       {`[{"id":[1}]]`, "is not valid JSON"},
		"a byte order mark":          {"\xef\xbb\xbf[]", "begins with a byte order mark"},
		"UTF-16":                     {"\xff\xfe[\x00]\x00", "is not valid UTF-8"},
		"invalid UTF-8":              {"[{\"id\":\"\xff\"}]", "is not valid UTF-8"},
		"a surrogate in UTF-8":       {"[{\"id\":\"\xed\xa0\x80\"}]", "is not valid UTF-8"},
		"form feed for white space":  {"\f[]", "is not valid JSON"},
		"a number that is none":      {`[{"id":01}]`, "is not valid JSON"},
		"NaN":                        {`[{"id":NaN}]`, "is not valid JSON"},
		"a control character":        {"[{\"id\":\"\n\"}]", "is not valid JSON"},
		"nesting without end":        {`[{"id":` + strings.Repeat("[", 100_000), "is not valid JSON"},
		"nesting without end in all": {strings.Repeat("[", 100_000), "Row 1 of Rocket's response is an array"},
		"HTML":                       {"<html>Please log in</html>", "is not valid JSON after byte 0"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.reason == "" {
				wantAccepted(t, query.Usages, c.body)
			} else {
				wantRefused(t, query.Usages, c.body, c.reason)
			}
		})
	}
}

// What Rocket sends may hold anything, and callers read the detail.
func TestCheckQuotesNothing(t *testing.T) {
	for _, body := range []string{`[secret]`, `[{"id":secret}]`, `["secret"]`, `{"secret":1}`, `[{"secret":1}]`, `[] secret`, `"secret"`} {
		for _, contentType := range []string{asJSON, "text/secret", "secret"} {
			if _, err := check([]byte(body), contentType, query.Usages); err == nil || strings.Contains(err.Error(), "secret") {
				t.Errorf("%s, %s: %v", body, contentType, err)
			}
		}
	}
}

func TestCheckContentType(t *testing.T) {
	for contentType, reason := range map[string]string{
		"":                                "",
		"application/json":                "",
		"Application/JSON; charset=UTF-8": "",
		"application/problem+json":        "",
		"text/json":                       "",
		"text/plain; charset=utf-8":       "",
		"text/html":                       "is an HTML page",
		"text/html; charset=utf-8":        "is an HTML page",
		"application/xml":                 "has a Content-Type that is not JSON's",
		"application/octet-stream":        "has a Content-Type that is not JSON's",
		"application/jsonp":               "has a Content-Type that is not JSON's",
		"json":                            "has a Content-Type that is not JSON's",
		";":                               "has a Content-Type that is not JSON's",
	} {
		t.Run(contentType, func(t *testing.T) {
			_, err := check([]byte("[]"), contentType, query.Usages)
			wantReason(t, err, reason)
		})
	}
}

func wantAccepted(t *testing.T, e *query.Endpoint, body string) {
	t.Helper()
	got, err := check([]byte(body), asJSON, e)
	if err != nil || string(got) != body {
		t.Errorf("%s, %.200s: %.200s, %v", e.Name, body, got, err)
	}
}

func wantRefused(t *testing.T, e *query.Endpoint, body, reason string) {
	t.Helper()
	got, err := check([]byte(body), asJSON, e)
	if got != nil || err == nil {
		t.Errorf("%s, %.200s: accepted", e.Name, body)
		return
	}
	wantReason(t, fmt.Errorf("%s, %.200s: %w", e.Name, body, err), reason)
}

// wantReason checks that err is an UpstreamInvalidResponse with the reason in its detail, or nil without a reason.
func wantReason(t *testing.T, err error, reason string) {
	t.Helper()
	switch {
	case err == nil && reason == "":
	case err == nil:
		t.Error("accepted")
	case fault.Of(err).Kind != fault.UpstreamInvalidResponse || !strings.Contains(fault.Of(err).Detail, reason):
		t.Errorf("got %v, want %q", err, reason)
	}
}

// What check accepts is JSON to the standard library too, in the shape of the contract.
func FuzzCheck(f *testing.F) {
	for i, e := range query.Endpoints() {
		f.Add(i, inShape(e, least[e]))
		f.Add(i, "null")
		f.Add(i, `[{"id":1,"\u0069d":"\ud800"}] `)
		f.Add(i, "{\"error\":[]}\n")
	}
	f.Fuzz(func(t *testing.T, i int, body string) {
		e := query.Endpoints()[uint(i)%uint(len(query.Endpoints()))]
		got, err := check([]byte(body), asJSON, e)
		if err != nil {
			if fault.Of(err).Kind != fault.UpstreamInvalidResponse {
				t.Errorf("%s, %q: %v", e.Name, body, err)
			}
			return
		}
		if !json.Valid(got) {
			t.Fatalf("%s, %q: accepted, but it is not valid JSON", e.Name, body)
		}
		if string(got) != body && (string(got) != "[]" || strings.Trim(body, " \t\r\n") != "null") {
			t.Errorf("%s, %q: changed to %q", e.Name, body, got)
		}
		for _, object := range objects(t, e, got) {
			for _, name := range e.Required {
				if _, ok := object[name]; !ok {
					t.Errorf("%s, %q: accepted without %s", e.Name, body, name)
				}
			}
		}
	})
}

func objects(t *testing.T, e *query.Endpoint, body []byte) (all []map[string]json.RawMessage) {
	t.Helper()
	if e.Shape == query.Object {
		all = make([]map[string]json.RawMessage, 1)
		if err := json.Unmarshal(body, &all[0]); err != nil {
			t.Error(err)
		}
	} else if err := json.Unmarshal(body, &all); err != nil {
		t.Error(err)
	}
	return all
}

func BenchmarkCheck(b *testing.B) {
	for _, size := range []int{20 << 10, 1 << 20, 8 << 20} {
		body := usageRows(size)
		b.Run(fmt.Sprintf("check/%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := check(body, asJSON, query.Usages); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("json.Valid/%dKiB", size>>10), func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				if !json.Valid(body) {
					b.Fatal("not valid")
				}
			}
		})
	}
}

// usageRows returns a list of about size bytes, with rows as on the vendor's page.
func usageRows(size int) []byte {
	var rows []string
	for n := 0; n < size; n += len(rows[len(rows)-1]) + 1 {
		rows = append(rows, fmt.Sprintf(`{"id":"%08x-77a1-4f0a-9c3e-%012x","parent_id":"11","parent_name":"Revenda São Paulo",`+
			`"resource_type":"customers",`+
			`"type":"azure","name":"Customer %d","last":%d.8050073074419000,"actual":%d.27,"forecast":2133.1,"leaf":false,`+
			`"extra":{"domain":"c%d.onmicrosoft.com","tags":["a","b"],"quantity":12}}`, len(rows)*7919, len(rows), len(rows), len(rows), len(rows),
			len(rows)))
	}
	return []byte("[" + strings.Join(rows, ",") + "]")
}
