package rocketsim_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

// The vendor's SDK reads responses into float64 and string members, and nothing else.
type (
	sdkUsage struct {
		ID           string         `json:"id"`
		ParentID     string         `json:"parent_id"`
		ParentName   string         `json:"parent_name,omitempty"`
		ResourceType string         `json:"resource_type"`
		Type         string         `json:"type"`
		Name         string         `json:"name"`
		Last         float64        `json:"last"`
		Actual       float64        `json:"actual"`
		Forecast     float64        `json:"forecast"`
		Leaf         bool           `json:"leaf"`
		Extra        map[string]any `json:"extra"`
	}
	sdkStack struct {
		Label           string         `json:"label"`
		Value           float64        `json:"value"`
		Type            string         `json:"type"`
		MarkupReference string         `json:"markup_reference"`
		Extra           map[string]any `json:"extra"`
	}
	sdkIndicators struct {
		Type             string   `json:"type"`
		Last             float64  `json:"last"`
		LastExchangeRate *float64 `json:"lastExchangeRate"`
		Actual           float64  `json:"actual"`
		ExchangeRate     *float64 `json:"exchangeRate"`
		Forecast         float64  `json:"forecast"`
		LastQuantity     float64  `json:"last_quantity"`
		ActualQuantity   float64  `json:"actual_quantity"`
	}
	sdkTree struct {
		Name     string    `json:"name"`
		Value    *float64  `json:"value"`
		Children []sdkTree `json:"children"`
	}
	sdkOption struct {
		Label string `json:"label"`
		Value string `json:"value"`
	}
)

// sdk knows an endpoint that ends in /api/v4 and what it sends; it shares nothing with the other tests' client.
type sdk struct{ endpoint, token string }

func (s *sdk) login() error {
	body, err := json.Marshal(map[string]string{"username": username, "password": password})
	if err != nil {
		return err
	}
	var got struct {
		Token string `json:"token"`
	}
	err = s.post("/auth/login", body, &got)
	s.token = got.Token
	return err
}

func (s *sdk) query(path string, into any) error {
	const body = `{"filters":[{"key":"start_time","value":"2026-06-01"},{"key":"end_time","value":"2026-06-30"},` +
		`{"key":"view","value":"resellers"}]}`
	return s.post(path, []byte(body), into)
}

func (s *sdk) post(path string, body []byte, into any) error {
	r, err := http.NewRequest(http.MethodPost, s.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	if s.token != "" {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", path, response.Status)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

func TestVendorsSDK(t *testing.T) {
	t.Parallel()
	server := serve(t, rocketsim.Options{Customers: 300})
	for _, base := range []string{"/rocketsvc/api/v4", "/api/v4"} {
		client := &sdk{endpoint: strings.TrimSuffix(server.url, "/rocketsvc") + base}
		if err := client.login(); err != nil || client.token == "" {
			t.Fatalf("%s: %v", base, err)
		}
		for _, provider := range providers {
			t.Run(provider+" at "+base, func(t *testing.T) {
				client.usages(t, provider)
				client.stacks(t, provider)
				client.indicators(t, provider)
				client.trees(t, provider)
				client.resellers(t, provider)
			})
		}
	}
}

func sdkGet[T any](t *testing.T, s *sdk, path string) T {
	t.Helper()
	var value T
	if err := s.query("/"+path, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

func (s *sdk) usages(t *testing.T, provider string) {
	rows := sdkGet[[]sdkUsage](t, s, provider+"/usages")
	if len(rows) < 2 {
		t.Errorf("%d rows", len(rows))
	}
	for _, row := range rows {
		named := row.ID != "" && row.ParentID != "" && row.ResourceType == "resellers" && row.Type != "" && row.Name != ""
		if !named || row.Leaf || row.Last <= 0 || row.Actual <= 0 || row.Forecast <= row.Actual || len(row.Extra) == 0 {
			t.Errorf("usages: %+v", row)
		}
	}
}

func (s *sdk) stacks(t *testing.T, provider string) {
	for _, kind := range []string{"by-day", "by-month", "by-publisher"} {
		rows := sdkGet[[]sdkStack](t, s, provider+"/"+kind)
		if len(rows) == 0 {
			t.Errorf("%s is empty", kind)
		}
		for _, row := range rows {
			if row.Label == "" || row.Value <= 0 || row.Type == "" || row.MarkupReference == "" || row.Extra == nil {
				t.Errorf("%s: %+v", kind, row)
			}
		}
	}
}

func (s *sdk) indicators(t *testing.T, provider string) {
	got := sdkGet[sdkIndicators](t, s, provider+"/indicators")
	if got.Last <= 0 || got.Actual <= 0 || got.Forecast <= got.Actual || got.LastQuantity <= 0 || got.ActualQuantity <= 0 {
		t.Errorf("%+v", got)
	}
	if got.ExchangeRate == nil || *got.ExchangeRate <= 0 || got.LastExchangeRate == nil || *got.LastExchangeRate <= 0 {
		t.Errorf("no rates in %+v", got)
	}
}

func (s *sdk) trees(t *testing.T, provider string) {
	for _, kind := range []string{"by-category", "by-tag"} {
		var visit func(sdkTree, int)
		visit = func(n sdkTree, depth int) {
			if n.Name == "" || n.Value == nil || *n.Value <= 0 || (depth < 2) != (len(n.Children) > 0) {
				t.Errorf("%s at depth %d: %+v", kind, depth, n)
			}
			for _, child := range n.Children {
				visit(child, depth+1)
			}
		}
		visit(sdkGet[sdkTree](t, s, provider+"/"+kind), 0)
	}
}

func (s *sdk) resellers(t *testing.T, provider string) {
	rows := sdkGet[[]sdkOption](t, s, provider+"/resellers")
	if len(rows) < 2 {
		t.Errorf("%d resellers", len(rows))
	}
	for _, row := range rows {
		if row.Label == "" || row.Value == "" {
			t.Errorf("resellers: %+v", row)
		}
	}
}
