package query_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

func TestTags(t *testing.T) {
	q := ask(t, query.Usages, query.Params{Start: "2024-12-31", End: "2025-02-01", CustomerID: "c:1", ResellerID: "r"}, now)
	want := []string{
		"provider:azure", "distributor:*", "reseller:r", "customer:c:1", "subscription:*", "period:2024-12", "period:2025-01", "period:2025-02",
	}
	if diff := cmp.Diff(want, q.Tags()); diff != "" {
		t.Error(diff)
	}
}
