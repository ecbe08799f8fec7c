package e2e_test

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// versionsOn are the settings of replicas of two versions on a Redis.
func versionsOn(store *testkit.Redis) []string {
	return []string{
		"REDIS_URL=" + store.URL(), "TOKEN_ENCRYPTION_KEYS=" + sealKeys, "AUTH_MODE=jwt", "AUTH_HS256_SECRET=" + authSecret, "RATE_LIMIT=1000/1h",
	}
}

// formOfKey finds what keys of one form begin with, as e1 or purges2.
var formOfKey = regexp.MustCompile(`^rgw:(([a-z]+)\d*)(?::|$)`)

// kindsOfKeys are those that a fetch and a purge leave in Redis: entries, leases, purges, quotas and tokens.
var kindsOfKeys = []string{"e", "l", "purges", "q", "t"}

// formsOf returns the forms of the keys that a version writes while it fetches and purges, by their first letters.
func formsOf(t *testing.T, serve func(url string, env ...string) *gateway) map[string][]string {
	t.Helper()
	rocket, url := standGated(t)
	store := testkit.StartRedis(t)
	db := redis.NewClient(&redis.Options{Addr: store.Address})
	defer func() { _ = db.Close() }()
	forms := map[string]map[string]bool{}
	look := func() {
		for _, key := range db.Keys(t.Context(), "*").Val() {
			form := formOfKey.FindStringSubmatch(key)
			if form == nil {
				t.Fatalf("the key %q has no form", key)
			}
			if forms[form[2]] == nil {
				forms[form[2]] = map[string]bool{}
			}
			forms[form[2]][form[1]] = true
		}
	}
	g := serve(url, versionsOn(store)...)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		ask(t, http.MethodGet, g.api+usagesPath, mint(t, "usage:read", everything()...))
	}()
	rocket.awaitPosts(t, 1)
	look() // with the lease
	rocket.open()
	<-ended
	purge(t, g, `{"all":true}`, "Authorization", "Bearer "+mint(t, "cache:purge"))
	testkit.Until(t, "Redis has keys of each kind", func() bool {
		look()
		return !slices.ContainsFunc(kindsOfKeys, func(kind string) bool { return forms[kind] == nil })
	})
	g.stop()
	all := map[string][]string{}
	for _, kind := range kindsOfKeys {
		all[kind] = slices.Sorted(maps.Keys(forms[kind]))
	}
	return all
}

// sameForms returns the kinds of keys that two versions have in the same forms.
func sameForms(a, b map[string][]string) map[string]bool {
	same := map[string]bool{}
	for kind, forms := range a {
		same[kind] = slices.Equal(forms, b[kind])
	}
	return same
}
