package query_test

import (
	"strings"
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

func TestCheckTag(t *testing.T) {
	long := strings.Repeat("ã", 256)
	const kinds = "must begin with provider:, distributor:, reseller:, customer:, subscription: or period:"
	const providers, month = "must be provider:azure, provider:aws or provider:gcp", "must be a month as period:YYYY-MM"
	for tag, want := range map[string]string{
		"provider:aws": "", "distributor:d": "", "reseller:1153008": "", "customer:c:1": "", "subscription:*": "", "customer:" + long: "",
		"period:2026-01": "",

		"": kinds, "all": kinds, "question:x": kinds, "Customer:c": kinds + "; did you mean customer:?",
		"costumer:c": kinds + "; did you mean customer:?",
		"period":     kinds + "; did you mean period:?", "customer:": "must have a value behind the colon",
		"period:":        "must have a value behind the colon",
		"provider:Azure": providers + "; did you mean azure?", "provider:oracle": providers, "provider:*": providers,
		"period:2026-1": month, "period:foo": month, "period:2026-13": month, "period:current": month,
		"period:2026-01-01": month, "period:*": month,
		"customer:" + long + "c": "has an id that is longer than 256 characters",
		"reseller:a\n":           "has an id that has a control character in it; leave it out",
	} {
		if got := query.CheckTag(tag); got != want {
			t.Errorf("%q: %q, want %q", tag, got, want)
		}
	}
}
