package handlers_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/handlers"
)

// conditional are the paths whose responses have an ETag.
var conditional = []string{
	usages, "/openapi.json", "/openapi.yaml", "/docs/", "/docs/docs.js", "/docs/assets/swagger-ui.css",
	"/docs/assets/favicon-32x32.png", "/problems/not-found",
}

// If-None-Match is "*" or a list of entity tags (RFC 9110, 13.1.2). TAG is the resource's own, without the W/ of a weak one.
func TestIfNoneMatch(t *testing.T) {
	a := newAPI(t)
	for _, target := range conditional {
		first := a.get(target)
		tag := first.Header.Get("ETag")
		if first.StatusCode != 200 || !strings.HasSuffix(tag, `"`) {
			t.Fatalf("%s: %d, ETag %s", target, first.StatusCode, tag)
		}
		for _, c := range []struct {
			lines  []string
			status int
		}{
			{[]string{`TAG`}, 304},
			{[]string{`W/TAG`}, 304},
			{[]string{"  TAG\t"}, 304},
			{[]string{`"a", TAG`}, 304},
			{[]string{`"a",W/TAG ,"b"`}, 304},
			{[]string{`"a,b", TAG`}, 304},
			{[]string{`, ,TAG,`}, 304},
			{[]string{`"\", TAG`}, 304}, // no escapes in an entity tag
			{[]string{`"a"`, `TAG`}, 304},
			{[]string{`"ä"`, ``, `TAG`}, 304},
			{[]string{`*`}, 304},
			{[]string{" *\t"}, 304},
			{[]string{`""`}, 200},
			{[]string{`"a"`}, 200},
			{[]string{``}, 200},
			{[]string{`"a,*,b"`}, 200},
			{[]string{`"*"`}, 200},
			{[]string{`W/"*"`}, 200},
			{[]string{`*, "a"`}, 200},
			{[]string{`"a", *`}, 200},
			{[]string{`*,*`}, 200},
			{[]string{`*`, `*`}, 200},
			{[]string{`*`, `"a"`}, 200},
			{[]string{`w/TAG`}, 200},
			{[]string{`W/ TAG`}, 200},
			{[]string{`UNQUOTED`}, 200},
			{[]string{`TAG"`}, 200},
			{[]string{`"TAG`}, 200},
			{[]string{`"a" TAG`}, 200},
			{[]string{`TAG, unquoted`}, 200},
			{[]string{`TAG, "a b"`}, 200},
			{[]string{`"a`, `b", TAG`}, 200},
		} {
			opaque := strings.TrimPrefix(tag, "W/")
			r := httptest.NewRequest(http.MethodGet, target, nil)
			for _, line := range c.lines {
				line = strings.ReplaceAll(line, "UNQUOTED", strings.Trim(opaque, `"`))
				r.Header.Add("If-None-Match", strings.ReplaceAll(line, "TAG", opaque))
			}
			w := httptest.NewRecorder()
			a.handler.ServeHTTP(w, r)
			if w.Code != c.status || w.Header().Get("ETag") != tag || w.Code == 304 && w.Body.Len() > 0 {
				t.Errorf("%s, If-None-Match %q: %d, want %d; %v, %d bytes", target, c.lines, w.Code, c.status, w.Header(), w.Body.Len())
			}
		}
	}
}

// The two codings of a file have different strong tags (RFC 9110, 8.8.3.3), and each matches its own alone.
func TestTheTagOfAnAssetIsOfItsCoding(t *testing.T) {
	a := newAPI(t)
	const target = "/docs/assets/swagger-ui.css"
	plain, packed := a.get(target), a.get(target, "Accept-Encoding", "gzip")
	if packed.Header.Get("Content-Encoding") != "gzip" || unzip(t, body(t, packed)) != body(t, plain) {
		t.Errorf("%v", packed.Header)
	}
	if plain.Header.Get("ETag") == packed.Header.Get("ETag") {
		t.Errorf("both codings have the tag %s", plain.Header.Get("ETag"))
	}
	if plain.Header.Get("Vary") != "Accept-Encoding" || packed.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("%v\n%v", plain.Header, packed.Header)
	}
	for _, own := range []*http.Response{plain, packed} {
		for coding, resp := range map[string]*http.Response{"identity": plain, "gzip": packed} {
			want := 200
			if own == resp {
				want = 304
			}
			if got := a.get(target, "Accept-Encoding", coding, "If-None-Match", own.Header.Get("ETag")); got.StatusCode != want {
				t.Errorf("%s with %s: %d, want %d", coding, own.Header.Get("ETag"), got.StatusCode, want)
			}
		}
	}
}

// No field matches a tag that it does not hold, and one that matches still does beside further tags.
func FuzzIfNoneMatch(f *testing.F) {
	for _, field := range []string{`"a"`, `W/"a", "b"`, `*`, `"a,*,b"`, `, "a" ,`, `"a" "b"`, "\"a\tb\"", `W/*`, `""`} {
		f.Add(field, field)
	}
	const tag = `W/"ours"`
	f.Fuzz(func(t *testing.T, one, two string) {
		field := []string{one, two}
		matched := handlers.Matches(field, tag)
		if matched && !strings.Contains(one+two, `"ours"`) {
			t.Errorf("%q matches %s", field, tag)
		}
		if handlers.Matches([]string{one}, tag) && strings.Trim(one, " \t") != "*" && !strings.Contains(one, `"ours"`) {
			t.Errorf("%q matches %s", one, tag)
		}
		if matched && (!handlers.Matches(append(field, `"another"`), tag) || !handlers.Matches([]string{one + "," + two}, tag)) {
			t.Errorf("%q matches, and as a longer list or as one line does not", field)
		}
	})
}
