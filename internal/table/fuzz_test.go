package table_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

var dialects = []table.Dialect{table.RFC4180, table.ExcelBR}

// records reads a table with the standard library, which makes LF of CRLF in fields.
func records(t rapid.TB, text string, d table.Dialect) [][]string {
	t.Helper()
	mark := ""
	if d == table.ExcelBR {
		mark = "\ufeff"
	}
	text, ok := strings.CutPrefix(text, mark)
	r := csv.NewReader(strings.NewReader(text))
	if r.Comma = ','; d == table.ExcelBR {
		r.Comma = ';'
	}
	all, err := r.ReadAll()
	if err != nil || !ok {
		t.Fatalf("%q: mark %v, %v", text, ok, err)
	}
	return all
}

// only returns the value of the only member of that name, as the standard library reads it; nil if it is no object.
func only(object json.RawMessage, name string) (value json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(object))
	if start, _ := d.Token(); start != json.Delim('{') {
		return nil
	}
	for n := 0; d.More(); {
		key, _ := d.Token()
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return nil
		}
		if key == name {
			if n++; n > 1 {
				return nil
			}
			value = v
		}
	}
	return value
}

var formula = regexp.MustCompile(`^[=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]`)

// expected returns the field of a value as the standard library decodes it.
func expected(value json.RawMessage, d table.Dialect) string {
	var decoded any
	decoder := json.NewDecoder(bytes.NewReader(value))
	decoder.UseNumber()
	if decoder.Decode(&decoded) != nil {
		return "" // absent
	}
	switch v := decoded.(type) {
	case nil:
		return ""
	case string:
		return formula.ReplaceAllString(v, "'$0")
	case json.Number:
		if d == table.ExcelBR {
			return strings.ReplaceAll(v.String(), ".", ",")
		}
	}
	return string(value)
}

// expectedRow returns the fields of a row of a list.
func expectedRow(row json.RawMessage, header []string, d table.Dialect) (fields []string) {
	for _, name := range header {
		value := only(row, name)
		field := expected(value, d)
		if name == "extra" && string(value) != "null" {
			field = string(value)
		}
		fields = append(fields, field)
	}
	return fields
}

// FuzzWrite compares with the standard library: the same texts are arrays, and they have the same rows and fields.
func FuzzWrite(f *testing.F) {
	f.Add([]byte(`[{"id":"=1","name":"a\r\nb;\"c,","actual":-1.50,"extra":{"a":1.5},"leaf":true},{"id":"\ud800","\u0069d":2}]`))
	f.Add([]byte(`[{"name":"\u003d1","last":1e5,"type":[ "=" ],"extra":"=1"},{"extra":null},1,"x",[],{}]`))
	f.Add([]byte(`[{"id":" ","name":"\\.","parent_id":"\t","type":"` + "\ufeff＠" + `","parent_name":"a\r\r\n\n"}] x`))
	f.Fuzz(func(t *testing.T, list []byte) {
		if !utf8.Valid(list) {
			t.Skip("not UTF-8: it is refused when Rocket sends it")
		}
		var all []json.RawMessage
		isArray := bytes.HasPrefix(bytes.TrimLeft(list, " \t\r\n"), []byte("[")) && json.Unmarshal(list, &all) == nil
		for _, d := range dialects {
			text, err := table.Write(list, table.ListColumns(query.Usages), d)
			if isArray != (err == nil) {
				t.Fatalf("%q is an array: %v, but: %v", list, isArray, err)
			}
			if isArray {
				compare(t, string(text), all, d)
			}
		}
	})
}

// compare compares a table with the rows that it must have. The reader hides which line breaks are in fields, so they are counted.
func compare(t rapid.TB, text string, all []json.RawMessage, d table.Dialect) {
	t.Helper()
	got := records(t, text, d)
	header := got[0]
	want := [][]string{header}
	breaks := strings.Repeat("\r\n", 1+len(all))
	for _, row := range all {
		fields := expectedRow(row, header, d)
		breaks += strings.Join(fields, "")
		for i, field := range fields {
			fields[i] = strings.ReplaceAll(field, "\r\n", "\n")
		}
		want = append(want, fields)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%q, -want +got:\n%s", text, diff)
	}
	for _, c := range []string{"\r", "\n"} {
		if strings.Count(text, c) != strings.Count(breaks, c) || !strings.HasSuffix(text, "\r\n") {
			t.Fatalf("%q: %d of %q, want %d", text, strings.Count(text, c), c, strings.Count(breaks, c))
		}
	}
}
