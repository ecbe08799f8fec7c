package auth_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestHasScope(t *testing.T) {
	c := wantCaller(t, verifier(t, shared), hs256(t, valid(today).with(m{"scope": "usage:read x:y"})))
	for scope, may := range map[string]bool{
		"usage:read": true, "x:y": true,
		"cache:purge": false, "usage": false, "usage:read ": false, "USAGE:READ": false, "": false, "usage:read x:y": false,
	} {
		if got := c.HasScope(scope); got != may {
			t.Errorf("%q: got %v", scope, got)
		}
	}
}

func TestClaims(t *testing.T) {
	c := wantCaller(t, verifier(t, shared), hs256(t, valid(today).with(m{
		"tenant": "t-1", "groups": []string{"b", "a", "b"}, "empty": []string{},
		"n": 7, "mixed": []any{"a", 1}, "o": m{"a": "b"}, "none": nil,
	})))
	for name, want := range map[string][]string{
		"tenant": {"t-1"}, "groups": {"b", "a", "b"}, "sub": {"ana"}, "empty": {},
		"n": nil, "mixed": nil, "o": nil, "none": nil, "absent": nil, "Tenant": nil, "": nil, "exp": nil,
	} {
		if diff := cmp.Diff(want, c.Claim(name)); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
	}
}

func TestIDs(t *testing.T) {
	v := verifier(t, shared)
	id := func(claims m) string {
		return wantCaller(t, v, hs256(t, claims.with(m{"exp": today.Add(time.Hour).Unix()}))).ID()
	}
	seen := map[string]m{}
	for _, claims := range []m{
		{}, {"iss": "a"}, {"iss": "a", "sub": "b"}, {"iss": "ab"}, {"sub": "ab"}, {"sub": "a", "iss": "b"}, {"iss": "a", "azp": "b"},
		{"azp": "ab"}, {"iss": "asub", "sub": "b"}, {"iss": "a", "sub": "subb"}, {"iss": "a\x03sub", "sub": "b"},
	} {
		got := id(claims)
		if other, twice := seen[got]; twice {
			t.Errorf("%v and %v are one caller", claims, other)
		}
		seen[got] = claims
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{22}$`).MatchString(got) {
			t.Errorf("%v: the id is %q", claims, got)
		}
	}
	same := id(m{"iss": "a", "sub": "b"})
	for _, claims := range []m{
		{"iss": "a", "sub": "b", "azp": "c"}, {"iss": "a", "sub": "b", "jti": "1", "iat": 1},
		{"iss": "a", "sub": "b", "client_id": "d", "scope": "x"},
	} {
		if got := id(claims); got != same {
			t.Errorf("%v is another caller than without the rest", claims)
		}
	}
	if id(m{"iss": "a", "azp": "b"}) != id(m{"iss": "a", "client_id": "b"}) {
		t.Error("azp and client_id name one client")
	}
}

// The id must not change with a release: quotas are kept under it.
func TestAnIDStaysTheSame(t *testing.T) {
	c := wantCaller(t, verifier(t, shared), hs256(t, valid(today)))
	if got := c.ID(); got != "j6URnL02_NMNWiOLXBN39w" {
		t.Errorf("got %s", got)
	}
}

func TestDifferentCallersHaveDifferentIDs(t *testing.T) {
	v := verifier(t, shared)
	testkit.Check(t, func(r *rapid.T) {
		text := rapid.StringOfN(rapid.SampledFrom([]rune("abs\x00\x01\x03u")), 0, 4, -1)
		id := func() (pair [2]string, id string) {
			pair = [2]string{text.Draw(r, "iss"), text.Draw(r, "sub")}
			return pair, wantCaller(t, v, hs256(t, m{"iss": pair[0], "sub": pair[1], "exp": today.Add(time.Hour).Unix()})).ID()
		}
		a, idOfA := id()
		b, idOfB := id()
		if (a == b) != (idOfA == idOfB) {
			r.Fatalf("%q has %s, %q has %s", a, idOfA, b, idOfB)
		}
	})
}

func TestInspect(t *testing.T) {
	claims := valid(today).with(m{"aud": []string{"a", "b"}, "profiles": []int{1}, "nbf": nil})
	token := sign(t, "HS256", []byte("a secret of thirty-two other bytes"), m{"kid": "k-1"}, claims)
	u, err := auth.Inspect(token, "profiles")
	if err != nil {
		t.Fatal(err)
	}
	got := []any{u.Algorithm, u.KeyID, u.Audience, u.IssuedAt.UTC(), u.NotBefore.IsZero(), u.Subject, u.Scopes, string(u.Profiles)}
	want := []any{"HS256", "k-1", []string{"a", "b"}, today, true, "ana", []string{"usage:read"}, "[1]"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for _, bad := range []string{"", "a.b", "a.b.c", "e30.e30", "e30.W10.AA", "bnVsbA.e30.AA", "e30.e3.AA", "e31.e30.AA", "e30.e31.AA"} {
		if u, err := auth.Inspect(bad, "profiles"); err == nil {
			t.Errorf("%q is read as %+v", bad, u)
		}
	}
}
