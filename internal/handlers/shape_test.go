package handlers_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// fiveRows is a list of the ids 1 to 5.
const fiveRows = `[ {"id":"1","name":"Ação"} , {"id":"2","name":"b"},{"id":"3","name":"acao 3"},{"id":"4"},{"id":"5","name":"B"} ]`

// Every selection from a list is a hit of the entry of the whole list, with the same fields but for its own body's.
func TestHeadersOfASelection(t *testing.T) {
	a := newAPI(t)
	a.responds(fiveRows)
	whole := a.get(usages)
	a.pass(70 * time.Second)
	target := usages + "&sort=-name&q=a&limit=1&offset=1"
	get, head := a.get(target, "X-Request-Id", "one"), a.do(http.MethodHead, target, "X-Request-Id", "one")
	const want, other = `[{"id":"1","name":"Ação"}]`, "<?limit=1&period=2025-06&q=a&sort=-name"
	tag := get.Header.Get("Etag")
	wantHeader := http.Header{
		"Age":            {"70"},
		"Cache-Control":  {"private, max-age=130"},
		"Cache-Status":   {"rocket-gateway; hit; ttl=230; detail=memory"},
		"Content-Length": {fmt.Sprint(len(want))},
		"Content-Location": {"/v1/azure/usages?start_time=2025-06-01&end_time=2025-06-30&view=customers&invoice_type=1&cost=resellers&" +
			"catalog=consumption&catalog=marketplace&sort=-name&limit=1&offset=1&q=a"},
		"Content-Security-Policy": {"default-src 'none'; frame-ancestors 'none'"},
		"Content-Type":            {"application/json"},
		"Etag":                    {tag},
		"Last-Modified":           {"Wed, 18 Jun 2025 12:00:00 GMT"},
		"Link":                    {strings.ReplaceAll(`@&offset=0>; rel="first", @&offset=0>; rel="prev", @&offset=1>; rel="last"`, "@", other)},
		"Referrer-Policy":         {"no-referrer"},
		"Vary":                    {"Authorization, Accept, Accept-Encoding"},
		"X-Content-Type-Options":  {"nosniff"},
		"X-Period-State":          {"open"},
		"X-Request-Id":            {"one"},
		"X-Total-Count":           {"2"},
	}
	for method, resp := range map[string]*http.Response{"GET": get, "HEAD": head} {
		if diff := cmp.Diff(wantHeader, resp.Header); diff != "" || resp.StatusCode != 200 {
			t.Errorf("%s: %d %s", method, resp.StatusCode, diff)
		}
	}
	if got := body(t, get); got != want || body(t, head) != "" || tag == whole.Header.Get("Etag") {
		t.Errorf("%s with the ETag %s", got, tag)
	}
	same := a.get(target, "X-Request-Id", "one", "If-None-Match", tag, "Accept-Encoding", "gzip")
	delete(wantHeader, "Content-Type")
	delete(wantHeader, "Content-Length")
	if diff := cmp.Diff(wantHeader, same.Header); diff != "" || same.StatusCode != 304 {
		t.Errorf("304: %d %s", same.StatusCode, diff)
	}
	if n := a.calls.Load(); n != 1 || a.last.Q != "" {
		t.Errorf("%d requests to Rocket", n)
	}
}

// A shaped request on a cold cache fetches the whole list, which then serves all selections.
func TestASelectionFetchesTheWholeList(t *testing.T) {
	a := newAPI(t)
	a.responds(fiveRows)
	first := a.get(usages + "&limit=1")
	if got := first.Header.Get("Cache-Status"); got != "rocket-gateway; fwd=miss; fwd-status=200; stored" {
		t.Error(got)
	}
	if got := body(t, a.get(usages)); got != fiveRows || a.calls.Load() != 1 {
		t.Errorf("%s, %d requests", got, a.calls.Load())
	}
}

// The memo tells selections apart.
func TestSelectionsOfOneListAreDifferent(t *testing.T) {
	a := newAPI(t)
	a.responds(fiveRows)
	for range 2 {
		for selection, want := range map[string]string{
			"":                  fiveRows,
			"&limit=1":          `[{"id":"1","name":"Ação"}]`,
			"&limit=1&offset=1": `[{"id":"2","name":"b"}]`,
			"&q=%C3%87":         `[{"id":"1","name":"Ação"},{"id":"3","name":"acao 3"}]`,
			"&sort=name&q=b":    `[{"id":"2","name":"b"},{"id":"5","name":"B"}]`,
			"&sort=-id&limit=2": `[{"id":"5","name":"B"},{"id":"4"}]`,
		} {
			if got := body(t, a.get(usages+selection)); got != want {
				t.Errorf("%s: %s", selection, got)
			}
		}
	}
}

// The ETag follows the selected rows alone.
func TestTheTagOfASelection(t *testing.T) {
	tag := func(list string) string {
		a := newAPI(t)
		a.responds(list)
		return a.get(usages + "&limit=1").Header.Get("Etag")
	}
	same, other := tag(`[{"id":"1"},{"id":"2"}]`) == tag(`[{"id":"1"},{"id":"3"}]`), tag(`[{"id":"1"}]`) == tag(`[{"id":"4"}]`)
	if !same || other {
		t.Errorf("same rows: same tag %v; other rows: same tag %v", same, other)
	}
}

func TestLinks(t *testing.T) {
	a := newAPI(t)
	a.responds(fiveRows)
	for _, tt := range []struct{ page, total, want string }{
		{"limit=2", "5", "first=0 next=2 last=4"},
		{"limit=2&offset=2", "5", "first=0 prev=0 next=4 last=4"},
		{"limit=2&offset=1", "5", "first=0 prev=0 next=3 last=4"},
		{"limit=2&offset=3", "5", "first=0 prev=1 last=4"},
		{"limit=2&offset=4", "5", "first=0 prev=2 last=4"},
		{"limit=2&offset=100", "5", "first=0 prev=4 last=4"},
		{"limit=5", "5", "first=0 last=0"},
		{"limit=1000&offset=1000000", "5", "first=0 prev=0 last=0"},
		{"limit=1&q=none", "0", "first=0"},
		{"limit=1&offset=7&q=none", "0", "first=0"},
		{"limit=1&q=a", "2", "first=0 next=1 last=1"},
	} {
		resp := a.get(usages + "&" + tt.page)
		if got := offsets(t, resp.Header.Get("Link")); got != tt.want || resp.Header.Get("X-Total-Count") != tt.total {
			t.Errorf("%s: %s of %s, want %s of %s", tt.page, got, resp.Header.Get("X-Total-Count"), tt.want, tt.total)
		}
	}
	for _, list := range []string{usages, usages + "&q=a", usages + "&sort=id"} {
		if h := a.get(list).Header; h["Link"] != nil || h["X-Total-Count"] != nil {
			t.Errorf("%s: %v", list, h)
		}
	}
}

// offsets returns the relations of a Link field with their offsets.
func offsets(t *testing.T, link string) string {
	t.Helper()
	var all []string
	for reference := range strings.SplitSeq(link, ", ") {
		target, relation, ok := strings.Cut(reference, `>; rel="`)
		u, err := url.Parse(strings.TrimPrefix(target, "<"))
		if err != nil || !ok || u.IsAbs() || u.Path != "" {
			t.Fatalf("no relative reference in %q", link)
		}
		all = append(all, strings.TrimSuffix(relation, `"`)+"="+u.Query().Get("offset"))
	}
	return strings.Join(all, " ")
}

// A reference has the caller's parameters, encoded anew, without the empty ones.
func TestLinksKeepTheQuery(t *testing.T) {
	a := newAPI(t)
	const raw = "q=a+b%20%3E%22,%c3%a7&limit=2&view=&catalog=b&catalog=a&cost=%61"
	link, _, _ := strings.Cut(a.get("/v1/azure/usages?"+raw).Header.Get("Link"), ";")
	if want := "<?catalog=b&catalog=a&cost=a&limit=2&q=a%20b%20%3E%22%2C%C3%A7&offset=0>"; link != want {
		t.Errorf("got %s", link)
	}
	long := a.get("/v1/azure/usages?limit=1&q=" + strings.Repeat("%F0%9F%98%80", 100) + "&cost=" + strings.Repeat("%C3%A9", 256))
	if long.StatusCode != 200 || long.Header["Link"] != nil || long.Header.Get("X-Total-Count") != "0" {
		t.Errorf("%d %v", long.StatusCode, long.Header)
	}
}

func TestASelectionIsCompressed(t *testing.T) {
	a := newAPI(t)
	a.responds(manyRows())
	plain := a.get(usages+"&limit=50&sort=-id", "Accept-Encoding", "identity")
	packed := a.get(usages+"&limit=50&sort=-id", "Accept-Encoding", "gzip")
	sent, err := io.ReadAll(packed.Body)
	if err != nil || packed.Header.Get("Content-Encoding") != "gzip" || packed.Header.Get("Content-Length") != fmt.Sprint(len(sent)) {
		t.Fatalf("%v %v", err, packed.Header)
	}
	r, err := gzip.NewReader(strings.NewReader(string(sent)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || string(got) != body(t, plain) || plain.Header.Get("Etag") != packed.Header.Get("Etag") {
		t.Errorf("%v: %s", err, got)
	}
	if small := a.get(usages+"&limit=1", "Accept-Encoding", "gzip"); small.Header["Content-Encoding"] != nil {
		t.Error("a small page is compressed")
	}
}

// Faults of selections are named with all others, and elsewhere the parameters are unknown.
func TestFaultsOfSelections(t *testing.T) {
	a := newAPI(t)
	names := func(target string) (names []string) {
		for _, e := range problem(t, a.get(target)).Errors {
			names = append(names, e.Parameter)
		}
		slices.Sort(names)
		return names
	}
	for target, want := range map[string][]string{
		"/v1/azure/usages?cost=%00&sort=x&limit=0&offset=x&q=%00&y=1": {"cost", "limit", "offset", "q", "sort", "y"},
		"/v1/azure/indicators?sort=&limit=1&offset=1&q=x":             {"limit", "offset", "q", "sort"},
		"/v1/azure/by-category?q=":                                    {"q"},
		"/v1/me?limit=1":                                              {"limit"},
		"/v1/azure/customers?sort=name":                               {"sort"},
	} {
		if diff := cmp.Diff(want, names(target)); diff != "" {
			t.Errorf("%s: %s", target, diff)
		}
	}
}

func TestAuditOfASelection(t *testing.T) {
	var log journal
	a := newAPI(t, log.keep, withAudit, withTokens(t))
	a.responds(list)
	a.person("ana", customers("c-1")).get(usages+"&q=pad&limit=2&sort=-name", "X-Request-Id", "one")
	asked := asJune(object{"customer_id": "c-1", "view": "subscriptions", "cost": "customers", "q": "pad", "limit": "2", "sort": "-name"})
	want := []object{audited(object{"question": asked, "cache": "miss", "status": 200.})}
	if diff := cmp.Diff(want, log.lines(t, "audit")); diff != "" {
		t.Error(diff)
	}
}

// Whatever a restricted caller selects, it gets rows of its own unshaped list alone.
func TestSelectionsStayWithinTheRowFilter(t *testing.T) {
	testkit.Check(t, func(rt *rapid.T) {
		a := newAPI(t, withTokens(t))
		ids := rapid.SliceOfN(rapid.SampledFrom([]string{"c-1", "c-2", "c-3", "c-4"}), 0, 12).Draw(rt, "ids")
		var all []string
		for i, id := range ids {
			all = append(all, fmt.Sprintf(`{"id":%q,"resource_type":"customers","name":"%s %d","actual":%d}`, id, id, i, i%3))
		}
		a.responds(array(all...))
		caller := a.person("ana", customers(rapid.SampledFrom([][]string{{"c-1", "c-2"}, {"c-3", "c-4"}, {"c-1", "c-9"}}).Draw(rt, "granted")...))
		const lists = "/v1/azure/usages?view=customers&period=2025-06"
		var visible, got []json.RawMessage
		read := func(selection string, rows *[]json.RawMessage) {
			if err := json.Unmarshal([]byte(body(t, caller.get(lists+selection))), rows); err != nil {
				rt.Fatal(err)
			}
		}
		read("", &visible)
		read(rapid.SampledFrom([]string{
			"&sort=-actual", "&q=c", "&q=c-3&limit=10", "&sort=name,-actual&limit=2&offset=1", "&limit=5",
		}).Draw(rt, "selection"), &got)
		for _, row := range got {
			if !slices.ContainsFunc(visible, func(v json.RawMessage) bool { return string(v) == string(row) }) {
				rt.Fatalf("%s is not in %s", row, visible)
			}
		}
	})
}

// A body that is no list cannot be selected from.
func TestASelectionOfNoList(t *testing.T) {
	a := newAPI(t)
	a.responds(`{"error":"secret"}`)
	for range 2 {
		resp := a.get(usages + "&limit=1")
		if d := problem(t, resp); d.Type != "/problems/upstream-invalid-response" || resp.StatusCode != 502 || resp.Header["Link"] != nil {
			t.Errorf("%d %+v", resp.StatusCode, d)
		}
	}
}

// A purge by a query that selects hits the entry of the whole list.
func TestAPurgeIgnoresTheSelection(t *testing.T) {
	a := newAPI(t)
	key := func(target string) query.Key {
		q, err := a.server.Resolve(target)
		if err != nil {
			t.Fatal(err)
		}
		return q.Key()
	}
	if key(usages) != key(usages+"&limit=1&q=x") {
		t.Error("the keys differ")
	}
}

// Many callers at once get the same rows: what compares texts is not safe for concurrent use.
func TestConcurrentSelections(t *testing.T) {
	a := newAPI(t)
	a.responds(manyRows())
	want := body(t, a.get(usages+"&sort=-name,actual&q=joao&limit=30"))
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if got := body(t, a.get(usages+"&sort=-name,actual&q=joao&limit=30")); got != want {
				t.Errorf("got %s", got)
			}
			a.get(usages + "&q=%C3%A3o" + fmt.Sprint(i))
		})
	}
	all.Wait()
}
