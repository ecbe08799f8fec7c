package upstream

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	tests := map[string]struct {
		value string
		want  time.Duration
	}{
		"seconds":               {"7", 7 * time.Second},
		"none":                  {"", time.Second},
		"zero":                  {"0", time.Second},
		"negative":              {"-30", time.Second},
		"the bound":             {"3600", time.Hour},
		"beyond the bound":      {"3601", time.Hour},
		"a week":                {"604800", time.Hour},
		"beyond 32 bits":        {"99999999999", time.Hour},
		"beyond 64 bits":        {"99999999999999999999999", time.Hour},
		"as far below":          {"-99999999999999999999999", time.Second},
		"no number":             {"soon", time.Second},
		"a fraction":            {"1.5", time.Second},
		"a date":                {date(2 * time.Minute), 2 * time.Minute},
		"a date gone by":        {date(-2 * time.Minute), time.Second},
		"a date far off":        {date(90 * 24 * time.Hour), time.Hour},
		"a date in the old way": {"Sunday, 15-Jun-25 12:00:09 GMT", 9 * time.Second},
		"a date of no calendar": {"Sun, 31 Jun 2025 12:00:00 GMT", time.Second},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := retryAfter(test.value, now); got != test.want {
				t.Errorf("retryAfter(%q) = %s, want %s", test.value, got, test.want)
			}
		})
	}
}

func TestCheckUTF8(t *testing.T) {
	for _, content := range []string{"[\"\xff\xfe\"]", "[\"\xed\xa0\x80\"]"} {
		if err := check([]byte(content), "application/json", query.List); fault.Of(err).Kind != fault.UpstreamInvalidResponse {
			t.Errorf("%q: %v", content, err)
		}
	}
}

func TestCheckShape(t *testing.T) {
	const list, object = query.List, query.Object
	tests := map[string]struct {
		content string
		shape   query.Shape
		ok      bool
	}{
		"empty list":              {"[]", list, true},
		"empty object":            {"{}", object, true},
		"space around":            {" \t\r\n[1] \n", list, true},
		"object for a list":       {"{}", list, false},
		"list for an object":      {"[]", object, false},
		"null for a list":         {"null", list, false},
		"null for an object":      {"null", object, false},
		"a text":                  {`"[]"`, list, false},
		"nothing":                 {"", list, false},
		"space alone":             {" \r\n\t", object, false},
		"cut off":                 {`[{"id":"a"},`, list, false},
		"cut off within a text":   {`{"type":"ab`, object, false},
		"more than one value":     {"[][]", list, false},
		"garbage behind":          {"{} x", object, false},
		"a comma too many":        {"[1,]", list, false},
		"a byte order mark":       {"\xef\xbb\xbf[]", list, false},
		"another kind of space":   {"\f[]", list, false},
		"a number of no JSON":     {"[01]", list, false},
		"not a number":            {"[NaN]", list, false},
		"nesting without an end":  {strings.Repeat("[", 100_000), list, false},
		"a lone surrogate escape": {`["\ud800"]`, list, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			wantChecked(t, check([]byte(test.content), "application/json", test.shape), test.ok)
		})
	}
}

func TestCheckContentType(t *testing.T) {
	tests := map[string]bool{
		"":                                true,
		"application/json":                true,
		"Application/JSON; charset=UTF-8": true,
		"application/problem+json":        true,
		"text/json":                       true,
		"text/plain; charset=utf-8":       true,
		"text/html":                       false,
		"text/html; charset=utf-8":        false,
		"application/xml":                 false,
		"application/octet-stream":        false,
		"application/jsonp":               false,
		"json":                            false,
		";":                               false,
	}
	for contentType, ok := range tests {
		t.Run(contentType, func(t *testing.T) {
			wantChecked(t, check([]byte("[]"), contentType, query.List), ok)
		})
	}
}

func wantChecked(t *testing.T, err error, ok bool) {
	t.Helper()
	switch {
	case ok && err != nil:
		t.Error(err)
	case !ok && err == nil:
		t.Error("was taken")
	case !ok && fault.Of(err).Kind != fault.UpstreamInvalidResponse:
		t.Errorf("got %v", err)
	}
}
