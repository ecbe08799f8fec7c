package rows_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// scanned returns each row of an array as "raw|value|value", with a dash for a missing value.
func scanned(array string, names ...string) (all []string, err error) {
	for row, err := range rows.Scan([]byte(array), names...) {
		if err != nil {
			return nil, err
		}
		line := string(row.Raw)
		for _, value := range row.Values {
			if value == nil {
				value = []byte("-")
			}
			line += "|" + string(value)
		}
		all = append(all, line)
	}
	return all, nil
}

func TestScan(t *testing.T) {
	for _, tt := range []struct {
		name, array string
		want        []string
	}{
		{"no rows", " [ ]\n", nil},
		{"both members", `[{"id":"a","n":1.10}]`, []string{`{"id":"a","n":1.10}|"a"|1.10`}},
		{"white space around", "[ { \"n\" : 0 } ,\n{} ]", []string{`{ "n" : 0 }|-|0`, `{}|-|-`}},
		{"an escaped name", `[{"\u0069d":"\u0061"}]`, []string{`{"\u0069d":"\u0061"}|"\u0061"|-`}},
		{"a doubled name", `[{"id":1,"\u0069d":2,"n":3,"id":4}]`, []string{`{"id":1,"\u0069d":2,"n":3,"id":4}|-|3`}},
		{"values of any kind", `[{"id":{"id":1},"n":[ ]}]`, []string{`{"id":{"id":1},"n":[ ]}|{"id":1}|[ ]`}},
		{"names are case-sensitive", `[{"ID":1}]`, []string{`{"ID":1}|-|-`}},
		{"no objects", `[{"id":1},null,[{"id":1}],"id"]`, []string{`{"id":1}|1|-`, `null|-|-`, `[{"id":1}]|-|-`, `"id"|-|-`}},
	} {
		got, err := scanned(tt.array, "id", "n")
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v, -want +got:\n%s", tt.name, err, diff)
		}
	}
}

func TestScanRefusesAnythingButOneArray(t *testing.T) {
	for _, text := range []string{
		"", "{}", "null", "[", "[1", "[1,]", "[1 2]", `[{"secret"}]`, `[{"id":1,}]`, "[]]", "[] []", "\ufeff[]", "[01]",
	} {
		got, err := scanned(text, "id")
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: got %q, %v", text, got, err)
		}
	}
}

func TestScanStopsWithItsLoop(t *testing.T) {
	for row, err := range rows.Scan([]byte(`[1,2,no JSON`)) {
		if err != nil || string(row.Raw) != "1" {
			t.Errorf("got %s, %v", row.Raw, err)
		}
		break
	}
}

func TestMembers(t *testing.T) {
	var got []string
	for name, value := range rows.Members([]byte(`{"a":1, "\u0061":"x" ,"a":{"b":[]}}`)) {
		got = append(got, string(name)+"="+string(value))
	}
	if diff := cmp.Diff([]string{`"a"=1`, `"\u0061"="x"`, `"a"={"b":[]}`}, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, none := range []string{"{}", "[1]", "7"} {
		for name := range rows.Members([]byte(none)) {
			t.Errorf("%s has a member %s", none, name)
		}
	}
}

func TestText(t *testing.T) {
	for value, want := range map[string]string{`"a"`: "a", `""`: "", `"\u00e9\/\\\n"`: "é/\\\n", `"\ud83d\ude00"`: "😀"} {
		if got, ok := rows.Text([]byte(value)); !ok || string(got) != want {
			t.Errorf("%s: got %q, %v", value, got, ok)
		}
	}
	for _, value := range []string{"", "1", "null", `["a"]`, `"\ud83d"`, `"\ude00\ud83d"`} {
		if got, ok := rows.Text([]byte(value)); ok {
			t.Errorf("%s: got %q", value, got)
		}
	}
}

// FuzzScan compares with encoding/json: the same texts are arrays, and they have the same elements and members.
func FuzzScan(f *testing.F) {
	for _, text := range []string{
		`[]`, `[{"id":"a"},1]`, `[{"\u0069d":1,"id":2}]`, "[\"\xff\"]", `[{"id":"\ud800"}] x`, `[[[]],{"a":{"id":1}}]`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := bytes.Clone(text)
		var want []json.RawMessage
		isArray := bytes.HasPrefix(bytes.TrimLeft(text, " \t\r\n"), []byte("[")) && json.Unmarshal(text, &want) == nil
		var got [][]byte
		var failed error
		for row, err := range rows.Scan(text, "id") {
			if failed = err; err != nil {
				break
			}
			got = append(got, row.Raw)
			if !bytes.Equal(text[row.Start:row.Start+len(row.Raw)], row.Raw) {
				t.Fatalf("%s: starts at %d", row.Raw, row.Start)
			}
			if value := row.Values[0]; !bytes.Equal(value, onlyID(row.Raw)) {
				t.Fatalf("%s: the id is %s", row.Raw, value)
			}
		}
		if isArray != (failed == nil) || !bytes.Equal(before, text) {
			t.Fatalf("%q is an array: %v, but: %v", text, isArray, failed)
		}
		if isArray && !slices.EqualFunc(got, want, func(a []byte, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Fatalf("%q: got %q, want %q", text, got, want)
		}
		if isArray && json.Unmarshal(rows.Join(got), &want) != nil {
			t.Fatalf("%q joined is %s", got, rows.Join(got))
		}
	})
}

// onlyID returns the value of the only member id of an object, as encoding/json reads it.
func onlyID(object []byte) (value json.RawMessage) {
	d := json.NewDecoder(bytes.NewReader(object))
	if start, _ := d.Token(); start != json.Delim('{') {
		return nil
	}
	for n := 0; d.More(); {
		name, _ := d.Token()
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return nil
		}
		if name == "id" {
			if n++; n > 1 {
				return nil
			}
			value = v
		}
	}
	return value
}
