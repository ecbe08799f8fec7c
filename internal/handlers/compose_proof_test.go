package handlers_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// single are the responses of the single endpoints to a caller and its filters.
type single struct {
	t       *testing.T
	caller  person
	filters string
}

func (s single) get(name, more string) (status int, text string) {
	resp := s.caller.get("/v1/azure/" + name + "?" + s.filters + more)
	return resp.StatusCode, strings.TrimSpace(body(s.t, resp))
}

// A composed response has what the caller gets from the single endpoints, and nothing else; it is refused if they are.
func TestComposedResponsesHaveNothingMore(t *testing.T) {
	a := newAPI(t, withTokens(t))
	a.rocket = echo
	outcomes := map[string]int{}
	testkit.Check(t, func(rt *rapid.T) {
		s := single{t: t, caller: a.person("ana", drawProfiles(rt)...), filters: strings.Join(drawFilters(rt), "&")}
		if s.caller.get("/v1/azure/overview?"+s.filters+"&n=1").StatusCode == http.StatusBadRequest {
			outcomes["invalid"]++ // parameters are checked before grants
		}
		name := rapid.SampledFrom([]string{"usages/top", "trend", "overview"}).Draw(rt, "resource")
		proof := map[string]func(*rapid.T, single, string) int{"usages/top": proveTop, "trend": proveTrend, "overview": proveOverview}[name]
		first := rapid.Bool().Draw(rt, "the composed one comes first")
		if !first {
			proof(rt, s, drawPeriod(rt))
		}
		outcomes[name+" "+http.StatusText(proof(rt, s, drawPeriod(rt)))]++
	})
	for _, name := range []string{"usages/top", "trend", "overview"} {
		for _, status := range []int{http.StatusOK, http.StatusBadRequest, http.StatusForbidden} {
			if outcome := name + " " + http.StatusText(status); outcomes[outcome] == 0 {
				t.Errorf("never seen: %s", outcome)
			}
		}
	}
	t.Log(outcomes)
}

func proveTop(rt *rapid.T, s single, period string) int {
	status, top := s.get("usages/top", "&n=2&"+period)
	want, list := s.get("usages", "&"+period)
	if status != want {
		rt.Fatalf("top is %d, usages %d", status, want)
	}
	if status == http.StatusOK {
		_, largest := s.get("usages", "&sort=-actual&limit=2&"+period)
		if expected, err := compose.Top([]byte(list), []byte(largest), ""); err != nil || string(expected) != top {
			rt.Fatalf("%s\nwant %s, %v", top, expected, err)
		}
	}
	return status
}

func proveTrend(rt *rapid.T, s single, _ string) int {
	status, trend := s.get("trend", "&months=2&until=2024-03&sort=name&limit=1000")
	months := []compose.Month{
		{Period: "2024-02", Start: "2024-02-01", End: "2024-02-29", State: "closed"},
		{Period: "2024-03", Start: "2024-03-01", End: "2024-03-31", State: "closed"},
	}
	for i := range months {
		want, list := s.get("usages", "&period="+months[i].Period)
		if status != want {
			rt.Fatalf("the trend is %d, usages %d", status, want)
		}
		months[i].Body = []byte(list)
	}
	if status == http.StatusOK {
		expected, err := compose.NewTrend(months, true)
		if err != nil {
			rt.Fatal(err)
		}
		all, _ := expected.Body("", expected.Rows()) // no row has a name: they are in the order of their ids
		if string(all) != trend {
			rt.Fatalf("%s\nwant %s", trend, all)
		}
	}
	return status
}

func proveOverview(rt *rapid.T, s single, period string) int {
	status, text := s.get("overview", "&n=2&"+period)
	want, top := s.get("usages/top", "&n=2&"+period)
	parts := map[string]string{"top": top}
	withoutView := s
	var filters []string
	for pair := range strings.SplitSeq(s.filters, "&") {
		if !strings.HasPrefix(pair, "view=") {
			filters = append(filters, pair)
		}
	}
	withoutView.filters = strings.Join(filters, "&")
	omitted := map[string]bool{}
	for member, endpoint := range map[string]string{"indicators": "indicators", "by_day": "by-day", "by_category": "by-category"} {
		of, body := withoutView.get(endpoint, "&"+period)
		switch of {
		case http.StatusOK:
			parts[member] = body
		case http.StatusForbidden:
			want = of
		default:
			parts[member] = "null"
			omitted[member] = true
		}
	}
	if status != want {
		rt.Fatalf("the overview is %d, want %d: %s", status, want, text)
	}
	if status != http.StatusOK {
		return status
	}
	var got map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		rt.Fatal(err)
	}
	for member, part := range parts {
		if string(got[member]) != part {
			rt.Fatalf("%s is %s, want %s", member, got[member], part)
		}
	}
	var left []struct{ Part, Reason string }
	if err := json.Unmarshal(got["omitted"], &left); err != nil || len(left) != len(omitted) || len(got) != len(parts)+2 {
		rt.Fatalf("%v: %s, want %v", err, text, omitted)
	}
	for _, o := range left {
		if !omitted[o.Part] || o.Reason == "" {
			rt.Fatalf("omitted %+v, want %v", o, omitted)
		}
	}
	return status
}
