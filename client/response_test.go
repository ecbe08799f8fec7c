package client_test

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/client"
)

func metadataOf(t *testing.T, status int, header ...string) *client.Response[client.Indicators] {
	t.Helper()
	c := clientOf(t, func(r *http.Request) (*http.Response, error) { return response(r, status, `{}`, header...), nil })
	resp, err := c.Indicators(t.Context(), client.Azure, client.IndicatorsParams{IfNoneMatch: `W/"x"`})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestMetadata(t *testing.T) {
	got := metadataOf(t, http.StatusOK, "ETag", `W/"a"`, "Age", "12", "Cache-Control", "private, max-age=72",
		"Last-Modified", "Wed, 25 Jun 2025 16:48:58 GMT", "X-Period-State", "settling", "Content-Location", "/v1/azure/indicators?x=1",
		"X-Total-Count", "137", "X-Request-Id", "R", "RateLimit", "x")
	got.Header = nil
	want := client.Metadata{
		ETag: `W/"a"`, Age: 12 * time.Second, FreshFor: time.Minute, LastModified: time.Date(2025, 6, 25, 16, 48, 58, 0, time.UTC),
		PeriodState: client.PeriodSettling, ContentLocation: "/v1/azure/indicators?x=1", TotalCount: 137, RequestID: "R",
	}
	if !reflect.DeepEqual(got.Metadata, want) {
		t.Errorf("got %+v, want %+v", got.Metadata, want)
	}
}

func TestDurationsThatOverflow(t *testing.T) {
	got := metadataOf(t, http.StatusOK, "Age", "10000000000", "Cache-Control", "max-age=99999999999999999999")
	if got.Age < 24*time.Hour || got.FreshFor < 0 {
		t.Errorf("got %s, %s", got.Age, got.FreshFor)
	}
}

func TestANegativeAge(t *testing.T) {
	if got := metadataOf(t, http.StatusOK, "Age", "-5", "Cache-Control", "max-age=60"); got.Age != 0 || got.FreshFor != time.Minute {
		t.Errorf("got %s, %s", got.Age, got.FreshFor)
	}
}

func TestAStaleResponseIsNotFresh(t *testing.T) {
	if got := metadataOf(t, http.StatusOK, "Age", "600", "Cache-Control", "private, max-age=0"); got.FreshFor != 0 {
		t.Errorf("fresh for %s", got.FreshFor)
	}
}

func TestNotModified(t *testing.T) {
	got := metadataOf(t, http.StatusNotModified, "Age", "3")
	if !got.NotModified || got.Age != 3*time.Second || got.Body != (client.Indicators{}) {
		t.Errorf("got %+v", got)
	}
	if got := metadataOf(t, http.StatusOK); got.NotModified {
		t.Error("a 200 is not modified")
	}
}

// Parts that may be null are pointers or slices; text that may be null is empty, and amounts that may be are no numbers.
func TestWhatMayBeNull(t *testing.T) {
	const overview = `{"indicators":null,"by_day":null,"by_category":null,"top":{"rows":[],"others":{"count":0,"last":null,"actual":null}},
		"omitted":[{"part":"by_day","reason":"choose"}]}`
	const trend = `{"rows":[{"id":"x","name":null,"parent_id":null,"actual":[null,1.5],"total":1.50,"change":null}],"total":{"actual":[null,1.5]}}`
	c := clientOf(t, func(r *http.Request) (*http.Response, error) {
		return response(r, http.StatusOK, map[bool]string{true: trend, false: overview}[strings.HasSuffix(r.URL.Path, "/trend")]), nil
	})
	o, err := c.Overview(t.Context(), client.Azure, client.OverviewParams{})
	if err != nil {
		t.Fatal(err)
	}
	if b := o.Body; b.Indicators != nil || b.ByDay != nil || b.ByCategory != nil || b.Top.Others.Actual.IsNumber() || b.Omitted[0].Part != "by_day" {
		t.Errorf("got %+v", b)
	}
	tr, err := c.Trend(t.Context(), client.Azure, client.TrendParams{})
	if err != nil {
		t.Fatal(err)
	}
	row := tr.Body.Rows[0]
	if row.Name != "" || row.ParentID != "" || row.Actual[0].IsNumber() || row.Actual[1].String() != "1.5" || row.Total.String() != "1.50" ||
		row.Change.IsNumber() {
		t.Errorf("got %+v", row)
	}
}

func TestCacheStatus(t *testing.T) {
	for field, want := range map[string]client.CacheStatus{
		"":                     {},
		"\x00":                 {},
		"rocket-gateway":       {},
		"\"rocket-gateway\"":   {},
		"other; hit; ttl=1":    {},
		"rocket-gateway; hit=": {},
		"rocket-gateway; hit; ttl=240; detail=memory":                        {Hit: true, TTL: 4 * time.Minute, Detail: "memory"},
		"rocket-gateway; hit; ttl=-12; detail=redis":                         {Hit: true, TTL: -12 * time.Second, Detail: "redis"},
		"rocket-gateway; fwd=miss; fwd-status=200; stored":                   {Fwd: "miss", FwdStatus: 200, Stored: true},
		"rocket-gateway; fwd=miss; collapsed":                                {Fwd: "miss", Collapsed: true},
		"rocket-gateway; fwd=stale; fwd-status=503":                          {Fwd: "stale", FwdStatus: 503},
		`rocket-gateway; fwd=request; fwd-status=200; stored, "a, b"; fwd=x`: {Fwd: "request", FwdStatus: 200, Stored: true},
		`cdn; fwd=miss, rocket-gateway; hit; ttl=9; x="; fwd=y"`:             {Hit: true, TTL: 9 * time.Second},
		"rocket-gateway; hit=1; ttl=a; detail=1; fwd-status=x; fwd=2":        {},
	} {
		if got := metadataOf(t, http.StatusOK, "Cache-Status", field).CacheStatus; got != want {
			t.Errorf("%q: got %+v, want %+v", field, got, want)
		}
	}
}
