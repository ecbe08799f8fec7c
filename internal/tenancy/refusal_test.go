package tenancy_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// A refusal names the rule and what to do instead.
func TestRefusalsNameWhatToDo(t *testing.T) {
	for _, tt := range []struct{ profiles, target, want string }{
		{
			"customers c1", "usages?customer_id=c2",
			"customer_id is outside your profiles for azure. Leave it out, or name one of your ids: GET /v1/me lists them.",
		},
		{
			"customers c1", "usages?reseller_id=r1",
			"reseller_id is above your level at azure, which is customers, and no profile grants it. Leave it out.",
		},
		{
			"customers c1", "resellers",
			"The list of resellers is above your level at azure, which is customers. Use customers or subscriptions.",
		},
		{
			"customers c1", "usages?view=resellers",
			"view names rows that are unknown or above your level at azure, which is customers. Use customers or subscriptions.",
		},
		{
			"resellers r1", "by-day?cost=distributors",
			"cost names a price that is unknown or above your level at azure, which is resellers, and that your profiles do not list for " +
				"all that you request. Use resellers or customers.",
		},
		{
			"customers c1", "by-day?cost=list",
			"cost names a price that is unknown or above your level at azure, which is customers, and that your profiles do not list for " +
				"all that you request. Use customers.",
		},
		{
			"resellers r1; customers", "by-day",
			"Your profiles for azure grant no customers: their resources are empty or not valid. The token's issuer must name ids, or " +
				"\"*\" alone for all.",
		},
		{
			"licences l1", "by-day",
			"A profile for azure in your token is malformed or of an unknown resource_type, which denies the provider as a whole. " +
				"The token's issuer must correct it.",
		},
	} {
		p := parse(t, claim(query.Azure, strings.Split(tt.profiles, ";")...))
		if diff := cmp.Diff(tt.want, wantForbidden(t, p, tt.target)); diff != "" {
			t.Error(diff)
		}
	}
	if got := wantForbidden(t, tenancy.Profiles{}, "usages"); !strings.Contains(got, "no profile for azure") {
		t.Error(got)
	}
	if got := wantForbidden(t, tenancy.Parse([]byte(`{}`)), "usages"); !strings.Contains(got, "cannot be understood") {
		t.Error(got)
	}
}

// A refusal does not reveal whether an id exists, or what others asked: its text has nothing of the request in it.
func TestRefusalsRepeatNothing(t *testing.T) {
	p := parse(t, claim(query.Azure, "customers secret-own"))
	for _, target := range []string{
		"usages?customer_id=marker", "usages?reseller_id=marker", "usages?view=marker", "usages?cost=marker", "resellers?reseller_id=marker",
	} {
		if got := wantForbidden(t, p, target); strings.Contains(got, "marker") || strings.Contains(got, "secret-own") {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// A caller that has to choose reads a few of its own ids.
func TestChoices(t *testing.T) {
	for profiles, want := range map[string][]fault.Param{
		"customers c1 c2": {{Name: "customer_id", Message: `is needed here, since your profiles grant 2 customers: choose "c1" or "c2"`}},
		"customers c3 c1 c2": {
			{Name: "customer_id", Message: `is needed here, since your profiles grant 3 customers: choose "c1", "c2" or "c3"`},
		},
		"resellers r1 r2 r3 r4 r5; customers c1; distributors d1 d2": {
			{Name: "distributor_id", Message: `is needed here, since your profiles grant 2 distributors: choose "d1" or "d2"`},
			{
				Name:    "reseller_id",
				Message: `is needed here, since your profiles grant 5 resellers: choose "r1", "r2", "r3" or 2 more, which GET /v1/me lists`,
			},
		},
	} {
		p := parse(t, claim(query.Azure, strings.Split(profiles, ";")...))
		_, _, err := p.Narrow(newQuery(t, query.Azure, "by-day"))
		if diff := cmp.Diff(&fault.Error{Kind: fault.InvalidRequest, Params: want}, fault.Of(err)); diff != "" {
			t.Error(diff)
		}
	}
}

// A thousand long ids do not make a long message.
func TestChoicesAreFew(t *testing.T) {
	ids := make([]string, 1000)
	for i := range ids {
		ids[i] = strings.Repeat("ü", 250) + strconv.Itoa(i)
	}
	p := parse(t, []profile{{Provider: query.Azure, ResourceType: "customers", Resources: ids}})
	_, _, err := p.Narrow(newQuery(t, query.Azure, "by-day"))
	if message := fault.Of(err).Params[0].Message; len(message) > 2000 || !strings.Contains(message, "997 more") {
		t.Errorf("%d bytes: %s", len(message), message)
	}
}
