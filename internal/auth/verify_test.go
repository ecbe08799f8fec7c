package auth_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

func TestEveryAlgorithm(t *testing.T) {
	keys := map[string]any{
		"HS256": secret, "RS256": rsaKey(), "PS256": rsaKey(), "ES256": p256Key(), "ES384": p384Key(), "EdDSA": edKey(),
	}
	for _, alg := range auth.Algorithms() {
		t.Run(alg, func(t *testing.T) {
			source := pemFile(t, keys[alg])
			if alg == "HS256" {
				source = shared
			}
			v := verifier(t, source)
			token := sign(t, alg, keys[alg], nil, valid(today))
			if c := wantCaller(t, v, token); c.Subject != "ana" {
				t.Errorf("got %+v", c)
			}
			wantRefusal(t, v, otherSignature(token), "signature")
		})
	}
}

// otherSignature changes a bit in the middle of the signature.
func otherSignature(token string) string {
	i := strings.LastIndexByte(token, '.') + 10
	other := byte('A')
	if token[i] == 'A' {
		other = 'B'
	}
	return token[:i] + string(other) + token[i+1:]
}

func TestCallers(t *testing.T) {
	v := verifier(t, shared)
	for _, tt := range []struct {
		what   string
		claims m
		want   auth.Caller
	}{
		{
			"all of it",
			m{"azp": "portal", "client_id": "other", "scope": "usage:read cache:purge", "profiles": []m{{"provider": "azure"}}},
			auth.Caller{Client: "portal", Scopes: []string{"cache:purge", "usage:read"}, Profiles: []byte(`[{"provider":"azure"}]`)},
		},
		{"client_id", m{"client_id": "job"}, auth.Caller{Client: "job", Scopes: []string{"usage:read"}}},
		{"scp alone", m{"scope": nil, "scp": []string{"b", "a"}}, auth.Caller{Scopes: []string{"a", "b"}}},
		{"both lists", m{"scope": []string{"b", "c"}, "scp": "a b"}, auth.Caller{Scopes: []string{"a", "b", "c"}}},
		{"doubled and empty scopes", m{"scope": "  a  a b "}, auth.Caller{Scopes: []string{"a", "b"}}},
		{"an element is not split", m{"scope": []string{"a b"}}, auth.Caller{Scopes: []string{"a b"}}},
		{"a tab is no space", m{"scope": "usage:read\tcache:purge"}, auth.Caller{Scopes: []string{"usage:read\tcache:purge"}}},
		{"no scope", m{"scope": ""}, auth.Caller{}},
		{"profiles are null", m{"profiles": nil}, auth.Caller{Scopes: []string{"usage:read"}, Profiles: []byte(`null`)}},
	} {
		t.Run(tt.what, func(t *testing.T) {
			got := wantCaller(t, v, hs256(t, valid(today).with(tt.claims)))
			tt.want.Issuer, tt.want.Subject, tt.want.Expires = "https://login.example.com", "ana", today.Add(time.Hour)
			show := func(c auth.Caller) []any {
				scopes, none := strings.Join(c.Scopes, "|"), c.Profiles == nil
				return []any{c.Issuer, c.Subject, c.Client, scopes, c.Expires.UTC(), string(c.Profiles), none}
			}
			if diff := cmp.Diff(show(tt.want), show(*got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestProfilesComeUntouched(t *testing.T) {
	v := verifier(t, shared, func(o *auth.Options) { o.ProfilesClaim = "https://example.com/reach" })
	const profiles = `[ {"provider" :"azure","x":1.00,"provider":"aws"} ]`
	payload := `{"exp":` + asJSON(t, today.Add(time.Hour).Unix()) + `,"profiles":[],"https://example.com/reach":` + profiles + `}`
	c := wantCaller(t, v, signRaw(t, "HS256", secret, `{"alg":"HS256"}`, payload))
	if got := string(c.Profiles); got != profiles {
		t.Errorf("got %s", got)
	}
}

func TestTimes(t *testing.T) {
	v := verifier(t, shared) // the leeway is 30 seconds
	at := func(offset time.Duration) float64 { return float64(today.Add(offset).UnixNano()) / 1e9 }
	for _, tt := range []struct {
		what   string
		claims m
		words  string // of the refusal; empty: accepted
	}{
		{"expired within the leeway", m{"exp": at(-29 * time.Second)}, ""},
		{"expired by the leeway", m{"exp": at(-30 * time.Second)}, "has expired"},
		{"half a second within it", m{"exp": at(-29500 * time.Millisecond)}, ""},
		{"half a second beyond it", m{"exp": at(-30500 * time.Millisecond)}, "has expired"},
		{"expired for long", m{"exp": 0}, "has expired"},
		{"no expiry", m{"exp": nil}, "no expiry"},
		{"not valid within the leeway", m{"nbf": at(30 * time.Second)}, ""},
		{"not valid yet", m{"nbf": at(31 * time.Second)}, "not valid yet"},
		{"no nbf", m{"nbf": nil}, ""},
		{"issued in the future within the leeway", m{"iat": at(30 * time.Second)}, ""},
		{"issued in the future", m{"iat": at(31 * time.Second)}, "issued in the future"},
		{"no iat", m{"iat": nil}, ""},
		{"expired before it was valid", m{"exp": at(-time.Hour), "nbf": at(time.Hour)}, "has expired"},
		{"for ever, almost", m{"exp": 253402300799}, ""},
	} {
		t.Run(tt.what, func(t *testing.T) {
			token := hs256(t, valid(today).with(tt.claims))
			if tt.words == "" {
				wantCaller(t, v, token)
				return
			}
			wantRefusal(t, v, token, tt.words)
		})
	}
}

func TestIssuerAndAudience(t *testing.T) {
	strict := verifier(t, shared, func(o *auth.Options) { o.Issuer, o.Audience = "https://login.example.com", "gateway" })
	for _, tt := range []struct {
		what   string
		claims m
		words  string
	}{
		{"both right", m{"aud": "gateway"}, ""},
		{"one of several audiences", m{"aud": []string{"other", "gateway"}}, ""},
		{"another audience", m{"aud": "gateway2"}, "(aud)"},
		{"other audiences", m{"aud": []string{"other", "Gateway"}}, "(aud)"},
		{"no audience", m{}, "(aud)"},
		{"an empty list", m{"aud": []string{}}, "(aud)"},
		{"another issuer", m{"aud": "gateway", "iss": "https://login.example.com/"}, "(iss)"},
		{"no issuer", m{"aud": "gateway", "iss": nil}, "(iss)"},
		{"an empty issuer", m{"aud": "gateway", "iss": ""}, "(iss)"},
	} {
		t.Run(tt.what, func(t *testing.T) {
			token := hs256(t, valid(today).with(tt.claims))
			if tt.words == "" {
				wantCaller(t, strict, token)
				return
			}
			wantRefusal(t, strict, token, tt.words)
			wantCaller(t, verifier(t, shared), token) // if nothing is configured, nothing is checked
		})
	}
}
