package e2e_test

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// prometheus is a real one that scrapes gateways.
type prometheus struct{ url string }

// series is one line of an response.
type series struct {
	Metric     map[string]string
	Value      sample   // of an instant
	Values     []sample // of a range
	Histogram  []any    // a native one, of an instant
	Histograms [][]any
}

// sample is an instant and a number.
type sample struct{ at, value float64 }

// UnmarshalJSON reads [1750000000.5, "42"].
func (s *sample) UnmarshalJSON(b []byte) error {
	var pair [2]any
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	at, isTime := pair[0].(float64)
	text, isText := pair[1].(string)
	value, err := strconv.ParseFloat(text, 64)
	if !isTime || !isText || err != nil {
		return fmt.Errorf("%s is no sample", b)
	}
	*s = sample{at, value}
	return nil
}

// api requests a path of Prometheus's API, and decodes its data.
func (p prometheus) api(path string, parameters url.Values, data any) error {
	client := http.Client{Timeout: patience}
	resp, err := client.Get(p.url + "/api/v1/" + path + "?" + parameters.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	result := struct {
		Status, Error string
		Data          any
	}{Data: data}
	if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
		return err
	}
	if result.Status != "success" {
		return fmt.Errorf("%s: %s", result.Status, result.Error)
	}
	return nil
}

// ask evaluates a query.
func (p prometheus) ask(query string) ([]series, error) {
	var data struct{ Result []series }
	err := p.api("query", url.Values{"query": {query}}, &data)
	return data.Result, err
}

// over evaluates it at so many instants between two.
func (p prometheus) over(t *testing.T, query string, from, to time.Time, points int) []series {
	t.Helper()
	var data struct{ Result []series }
	err := p.api("query_range", url.Values{
		"query": {query}, "start": {unix(from)}, "end": {unix(to)}, "step": {fmt.Sprint(to.Sub(from).Seconds() / float64(points))},
	}, &data)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return data.Result
}

func unix(t time.Time) string { return strconv.FormatFloat(float64(t.UnixMilli())/1000, 'f', 3, 64) }

// wantData waits until a query returns at least one number.
func (p prometheus) wantData(t *testing.T, what, query string) {
	t.Helper()
	testkit.Until(t, "Prometheus has data for "+what, func() bool {
		result, err := p.ask(query)
		if err != nil {
			t.Fatalf("%s: %v\n%s", what, err, query)
		}
		return slices.ContainsFunc(result, func(s series) bool { return s.Histogram != nil || !math.IsNaN(s.Value.value) })
	})
}

// wantParses checks that a query is one; it may give nothing.
func (p prometheus) wantParses(t *testing.T, what, query string) {
	t.Helper()
	if _, err := p.ask(query); err != nil {
		t.Errorf("%s: %v\n%s", what, err, query)
	}
}
