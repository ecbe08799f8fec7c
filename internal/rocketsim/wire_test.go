package rocketsim_test

import (
	"encoding/json"
	"math/big"
	"slices"
	"testing"
	"time"
)

type filter struct {
	Key   string `json:"key"`
	Value string `json:"value"`
}

type query []filter

// over returns the query of the vendor's page: every documented key, no ids, type 1, resellers' prices, both catalogs.
func over(first, last string) query {
	return query{
		{"start_time", first}, {"end_time", last}, {"distributor_id", ""}, {"reseller_id", ""}, {"customer_id", ""},
		{"subscription_id", ""}, {"resource_group", ""}, {"resource_id", ""}, {"view", "customers"}, {"invoice_type", "1"},
		{"cost", "resellers"}, {"catalog", "consumption"}, {"catalog", "marketplace"},
	}
}

// month is the page's query for a whole month, YYYY-MM.
func month(name string) query {
	first, err := time.Parse("2006-01", name)
	if err != nil {
		panic(err)
	}
	return over(first.Format(time.DateOnly), first.AddDate(0, 1, -1).Format(time.DateOnly))
}

// with returns a copy that has the key once, with this value.
func (q query) with(key, value string) query { return append(q.without(key), filter{key, value}) }

func (q query) without(key string) query {
	return slices.DeleteFunc(slices.Clone(q), func(f filter) bool { return f.Key == key })
}

// String is the body on the wire.
func (q query) String() string {
	b, err := json.Marshal(map[string]query{"filters": q})
	if err != nil {
		panic(err)
	}
	return string(b)
}

// The responses, with numbers as the digits received. A number that is missing stays "", which exact refuses.
type (
	usage struct {
		ID           string      `json:"id"`
		ParentID     string      `json:"parent_id"`
		ParentName   string      `json:"parent_name"`
		ResourceType string      `json:"resource_type"`
		Type         string      `json:"type"`
		Name         string      `json:"name"`
		Last         json.Number `json:"last"`
		Actual       json.Number `json:"actual"`
		Forecast     json.Number `json:"forecast"`
		Leaf         bool        `json:"leaf"`
		Extra        struct {
			Alias    *string     `json:"alias"`
			Estimate json.Number `json:"estimate"`
		} `json:"extra"`
	}
	slice struct {
		Label           string         `json:"label"`
		Value           json.Number    `json:"value"`
		Type            string         `json:"type"`
		MarkupReference string         `json:"markup_reference"`
		Extra           map[string]any `json:"extra"`
	}
	tree struct {
		Name     string      `json:"name"`
		Value    json.Number `json:"value"`
		Children []tree      `json:"children"`
	}
	option struct {
		Label string `json:"label"`
		Value string `json:"value"`
	}
	figures struct {
		Type             string      `json:"type"`
		Last             json.Number `json:"last"`
		LastExchangeRate json.Number `json:"lastExchangeRate"`
		Actual           json.Number `json:"actual"`
		ExchangeRate     json.Number `json:"exchangeRate"`
		Forecast         json.Number `json:"forecast"`
		LastQuantity     json.Number `json:"last_quantity"`
		ActualQuantity   json.Number `json:"actual_quantity"`
	}
)

func (u usage) actual() json.Number   { return u.Actual }
func (u usage) last() json.Number     { return u.Last }
func (u usage) forecast() json.Number { return u.Forecast }
func (s slice) value() json.Number    { return s.Value }
func (n tree) value() json.Number     { return n.Value }

// exact is a number without rounding; as a fraction in lowest terms its String compares with ==.
func exact(t testing.TB, n json.Number) *big.Rat {
	t.Helper()
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		t.Fatalf("%q is no number", n)
	}
	return r
}

// sum adds one number of every row, without rounding.
func sum[T any](t testing.TB, rows []T, of func(T) json.Number) *big.Rat {
	t.Helper()
	total := new(big.Rat)
	for _, row := range rows {
		total.Add(total, exact(t, of(row)))
	}
	return total
}
