package tenancy_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// members reads a JSON object with the standard library: decoded names, in order, with duplicates.
func members(object json.RawMessage) (names []string, values []json.RawMessage) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if _, err := decoder.Token(); err != nil {
		return nil, nil
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, nil
		}
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			return nil, nil
		}
		names, values = append(names, name.(string)), append(values, value)
	}
	return names, values
}

// only returns the value of the one member of that name, if it is a string.
func only(object json.RawMessage, name string) (text string, ok bool) {
	names, values := members(object)
	if i := slices.Index(names, name); i >= 0 && !slices.Contains(names[i+1:], name) && bytes.HasPrefix(values[i], []byte(`"`)) {
		ok = json.Unmarshal(values[i], &text) == nil
	}
	return text, ok
}

// slowFilter filters with the standard library, which decodes the rows.
func slowFilter(body []byte, kept func(row json.RawMessage) bool) (rows []string, ok bool) {
	var all []json.RawMessage
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("[")) || json.Unmarshal(body, &all) != nil {
		return nil, false
	}
	for _, row := range all {
		if row[0] == '{' && kept(row) {
			rows = append(rows, string(row))
		}
	}
	return rows, true
}

// FuzzRowFilter compares with the standard library: the same bodies are JSON, and the same rows stay, with the same bytes.
func FuzzRowFilter(f *testing.F) {
	for _, tt := range usages {
		f.Add([]byte(tt.body))
	}
	for _, body := range []string{
		`[{"value":"c1"},{"value":"x"}]`, `[{"value":"c1","value":"c1"}]`, `[{"id":"\u00632","resource_type":"customers"}] `, "[\"\x7f\xff\"]",
		`[0,-0,0.0,1e1,1E-1,-1.5e+10]`, `[01]`, `[[[]],{"a":{"b":[{}]}}]`, `[{"id":"c1" ,"resource_type": "customers"},{}`, `["\ud800"]`,
	} {
		f.Add([]byte(body))
	}
	granted := []string{"c1", "c2", "😀", `"é/\`, "c1\u200b"}
	p := parse(f, []profile{{Provider: query.Azure, ResourceType: "customers", Resources: granted}})
	_, usageFilter := wantGranted(f, p, "usages")
	_, choiceFilter := wantGranted(f, p, "customers")
	f.Fuzz(func(t *testing.T, body []byte) {
		compare(t, usageFilter, body, func(row json.RawMessage) bool {
			id, ok := only(row, "id")
			kind, typed := only(row, "resource_type")
			return ok && typed && kind == "customers" && slices.Contains(granted, id)
		})
		compare(t, choiceFilter, body, func(row json.RawMessage) bool {
			id, ok := only(row, "value")
			return ok && slices.Contains(granted, id)
		})
	})
}

func compare(t *testing.T, filter tenancy.RowFilter, body []byte, kept func(json.RawMessage) bool) {
	t.Helper()
	before := bytes.Clone(body)
	got, err := filter.Apply(body)
	want, ok := slowFilter(body, kept)
	switch {
	case !bytes.Equal(before, body):
		t.Fatal("the body was changed")
	case ok != (err == nil):
		t.Fatalf("%q is JSON: %v, but: %v", body, ok, err)
	case !ok:
		if fault.Of(err).Kind != fault.UpstreamInvalidResponse || got != nil {
			t.Fatalf("got %q, %v", got, err)
		}
		return
	}
	if rows := "[" + strings.Join(want, ",") + "]"; string(got) != rows {
		if all, _ := slowFilter(body, func(json.RawMessage) bool { return true }); !bytes.Equal(got, body) || len(all) != len(want) {
			t.Fatalf("%q: got %q, want %q", body, got, rows)
		}
	}
	again, err := filter.Apply(got)
	if err != nil || !bytes.Equal(again, got) {
		t.Fatalf("%q filtered again is %q, %v", got, again, err)
	}
}

// FuzzParse: nothing is granted that a well-formed profile does not name, and every further profile of another type leaves less.
func FuzzParse(f *testing.F) {
	for _, text := range []string{
		``, `null`, `[]`, `{}`, `[{}]`, `[` + azureOne + `]`, `[` + azureOne + `,` + awsAll + `]`,
		azure(`"resource_type":"customers","resources":["*"]`),
		azure(`"resource_type":"customers","resources":["a","*"],"costs":["resellers","list"]`),
		`[{"provider":"gcp"},{"provider":"azure/licenses"}]`,
		azure(`"resource_type":"distributors","resources":["*"],"id":"x","root":"y"`), `[{"provider":"azure","provider":"aws"}]`,
		azure(`"resource_typ\u0065":"resellers","resources":["\u0061","\ud83d\ude00","\ud83d"]`), "[{\"provider\":\"\xff\"}]",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p := tenancy.Parse(text)
		for _, provider := range providers {
			wantNoMore(t, text, provider, p)
			for _, e := range query.Endpoints() {
				wantWithin(t, p, query.Query{Provider: provider, Endpoint: e})
			}
		}
	})
}

// wantNoMore compares what is granted at a provider with what the standard library reads in the claim.
func wantNoMore(t *testing.T, text []byte, provider query.Provider, p tenancy.Profiles) {
	t.Helper()
	r := p.Access(provider)
	if r.Denied != "" {
		return
	}
	var all []json.RawMessage
	if json.Unmarshal(text, &all) != nil || !utf8.Valid(text) {
		t.Fatalf("%q grants %+v", text, r)
	}
	types := map[string][]string{}
	for _, one := range all {
		if at, _ := only(one, "provider"); at == string(provider) {
			kind, _ := only(one, "resource_type")
			types[kind] = append(types[kind], idsIn(one)...)
		}
	}
	for _, b := range r.Bounds {
		for _, id := range b.IDs {
			if !slices.Contains(types[b.Type], id) || id == "*" || id == "" {
				t.Fatalf("%q grants %q of %s", text, id, b.Type)
			}
		}
		if b.All && !slices.Contains(types[b.Type], "*") || !b.All && len(b.IDs) == 0 {
			t.Fatalf("%q grants %+v", text, b)
		}
		delete(types, b.Type)
	}
	if len(types) > 0 {
		t.Fatalf("%q grants %+v, as if %v were not there", text, r, types)
	}
}

// idsIn returns those that a profile grants: all texts of its resources, or a star that is alone.
func idsIn(object json.RawMessage) (ids []string) {
	names, values := members(object)
	var each []string
	if i := slices.Index(names, "resources"); i >= 0 && json.Unmarshal(values[i], &each) == nil {
		slices.Sort(each)
		if each = slices.Compact(each); len(each) > 1 && slices.Contains(each, "*") {
			return nil
		}
		return each
	}
	return nil
}

// wantWithin narrows a query that names nothing, and checks that it is bound by the caller's own grants.
func wantWithin(t *testing.T, p tenancy.Profiles, q query.Query) {
	t.Helper()
	r := p.Access(q.Provider)
	q, filter, err := p.Narrow(q)
	if err != nil {
		return
	}
	if r.Denied != "" || q.View == "" || q.Cost == "" || !slices.Contains(r.Views, q.View) || !slices.Contains(r.Costs, q.Cost) {
		t.Fatalf("%+v is granted to %+v", q, r)
	}
	for _, b := range r.Bounds {
		id := map[string]string{"distributors": q.DistributorID, "resellers": q.ResellerID, "customers": q.CustomerID}[b.Type]
		if !b.All && !slices.Contains(b.IDs, id) && (id != "" || filter.Key() == "") {
			t.Fatalf("%+v is granted to %+v", q, r)
		}
	}
}
