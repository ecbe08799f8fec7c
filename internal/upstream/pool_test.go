package upstream_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/secret"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
	"github.com/rocket-gateway/rocket-gateway/internal/upstream"
)

func TestApply(t *testing.T) {
	keys := []secret.Value{secret.Value(make([]byte, 32))}
	rule := upstream.Rule{Account: "emea", Providers: set("aws")}
	for _, tt := range []struct {
		what     string
		change   func(*upstream.Accounts)
		changed  []string
		replaced []string
	}{
		{"nothing", func(*upstream.Accounts) {}, nil, nil},
		{"an account more", func(a *upstream.Accounts) { a.List = append(a.List, service("new")) }, []string{"account new"}, nil},
		{"an account less", func(a *upstream.Accounts) { a.List = a.List[:2] }, []string{"account apac"}, []string{"apac"}},
		{"another password", func(a *upstream.Accounts) { a.List[1].Password = "p" }, []string{"account emea"}, []string{"emea"}},
		{"another user name", func(a *upstream.Accounts) { a.List[1].Username = "u" }, []string{"account emea"}, []string{"emea"}},
		{"another name", func(a *upstream.Accounts) { a.List[2].Name = "x" }, []string{"account apac", "account x"}, []string{"apac"}},
		{"other keys", func(a *upstream.Accounts) { a.Keys = keys },
			[]string{"account apac", "account emea", "account latam"}, []string{"apac", "emea", "latam"}},
		{"another rule", func(a *upstream.Accounts) { a.Rules = []upstream.Rule{{Account: "latam", Providers: set("aws")}} },
			[]string{"rules of accounts"}, nil},
		{"another default", func(a *upstream.Accounts) { a.Default = "emea" }, []string{"rules of accounts"}, nil},
	} {
		t.Run(tt.what, func(t *testing.T) {
			pool := newPool(t, three("latam", rule))
			before := map[string]*upstream.Client{}
			for _, name := range pool.Names() {
				before[name] = pool.Client(name)
			}
			next := three("latam", rule)
			tt.change(&next)
			changed, replaced, err := pool.Apply(next)
			if diff := cmp.Diff(tt.changed, changed); err != nil || diff != "" {
				t.Errorf("error %v, changed -want +got:\n%s", err, diff)
			}
			var names []string
			for _, client := range replaced {
				names = append(names, client.Account.Name)
				client.Close()
			}
			slices.Sort(names)
			if diff := cmp.Diff(tt.replaced, names); diff != "" {
				t.Errorf("replaced -want +got:\n%s", diff)
			}
			for _, account := range next.List {
				isNew := slices.Contains(changed, "account "+account.Name)
				if client := pool.Client(account.Name); (client != before[account.Name]) != isNew || client.Account.Name != account.Name {
					t.Errorf("%s: the client is kept or replaced wrongly", account.Name)
				}
			}
		})
	}
}

// A key that seals nothing changes nothing.
func TestApplyRefuses(t *testing.T) {
	pool := newPool(t, three("latam"))
	next := three("emea")
	next.Keys = []secret.Value{"short"}
	if changed, replaced, err := pool.Apply(next); err == nil || changed != nil || replaced != nil {
		t.Errorf("got %v, %v, %v", changed, replaced, err)
	}
	if got := pick(t, pool, &query.Query{}, nil); got != "latam" {
		t.Errorf("picks %q", got)
	}
}

// A query that was accepted before its account was removed may be sent again.
func TestFetchOfAnAccountThatWasRemoved(t *testing.T) {
	pool := newPool(t, three("latam"))
	q := &query.Query{Provider: query.AWS}
	q.Account, _ = pool.Pick(q, nil)
	if _, _, err := pool.Apply(upstream.Accounts{}); err != nil {
		t.Fatal(err)
	}
	_, err := pool.Fetch(t.Context(), q, nil)
	if f := fault.Of(err); f.Kind != fault.UpstreamUnavailable || f.RetryAfter == 0 {
		t.Errorf("error %v", err)
	}
	if failing, probe := pool.Failing(q); failing || probe {
		t.Errorf("failing %v, probe %v", failing, probe)
	}
	if name := pool.Name(q.Account); name != q.Account {
		t.Errorf("the name is %q", name)
	}
}

func TestPoolsAreNotPrintedWithPasswords(t *testing.T) {
	pool := newPool(t, three("latam"))
	for what, value := range map[string]any{"pool": pool, "pool in a struct": struct{ Pool *upstream.Pool }{pool}, "names": pool.Names()} {
		testkit.WantMasked(t, what, value, password)
	}
}
