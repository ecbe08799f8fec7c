package auth_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// FuzzVerify: an accepted token is signed with the secret, and in the one canonical spelling.
func FuzzVerify(f *testing.F) {
	v := verifier(f, shared)
	good := hs256(f, valid(today))
	for _, header := range []string{
		"Bearer " + good, "bearer  " + good, "Bearer " + otherSignature(good), "Bearer " + good + "=", "Bearer ..", "Basic x", "",
		"Bearer " + sign(f, "HS384", secret, nil, valid(today)),
		"Bearer " + signRaw(f, "HS256", secret, `{"alg":"none","alg":"HS256"}`, `{"exp":1e400}`),
	} {
		f.Add(header)
	}
	strict := base64.RawURLEncoding.Strict()
	f.Fuzz(func(t *testing.T, header string) {
		if _, err := v.Verify(t.Context(), []string{header}); err != nil {
			return
		}
		token := strings.TrimLeft(header[len("Bearer "):], " ")
		end := strings.LastIndexByte(token, '.')
		mac := hmac.New(sha256.New, secret)
		mac.Write([]byte(token[:end]))
		if signature, err := strict.DecodeString(token[end+1:]); err != nil || !hmac.Equal(signature, mac.Sum(nil)) {
			t.Errorf("accepted, but not signed: %q", header)
		}
	})
}

// FuzzClaims: a signed token is accepted only if every parser reads the same from it.
func FuzzClaims(f *testing.F) {
	v := verifier(f, shared)
	for _, payload := range []string{
		asJSON(f, valid(today)), `null`, `{"exp":1e400}`, `{"exp":1750000000,"scope":["a b","c"],"scp":"c"}`,
		`{"exp":1750000000.5,"nbf":-0,"aud":["x"]}`, `{"exp":1750000000,"exp":1750000000}`, `{"exp":1750000000,"sub":"\ud800"}`,
		`{"exp":1750000000,"profiles":[{"provider":"azure"}]}`,
	} {
		f.Add(`{"alg":"HS256"}`, payload)
	}
	f.Add(`{"alg":"HS256","kid":"k","jku":"http://127.0.0.1:1"}`, `{}`)
	f.Add(`{"alg":"HS256","alg":"none"}`, `{}`)
	f.Fuzz(func(t *testing.T, header, payload string) {
		token := signRaw(t, "HS256", secret, header, payload)
		c, err := v.Verify(t.Context(), []string{"Bearer " + token})
		if _, readable := auth.Inspect(token, "profiles"); err == nil && readable != nil {
			t.Errorf("verified, but not readable: %v", readable)
		}
		if err != nil {
			return
		}
		var claims map[string]any
		if err := json.Unmarshal([]byte(payload), &claims); err != nil || !utf8.ValidString(payload) {
			t.Fatalf("accepted, but no JSON: %q", payload)
		}
		exp, isNumber := claims["exp"].(float64)
		if !isNumber || float64(c.Expires.Unix()) > exp || c.Expires.Add(30*time.Second).Before(today) {
			t.Errorf("exp is %v and was read as %s", claims["exp"], c.Expires)
		}
		if subject, _ := claims["sub"].(string); subject != c.Subject {
			t.Errorf("sub is %v and was read as %q", claims["sub"], c.Subject)
		}
		if !slices.IsSorted(c.Scopes) || slices.Contains(c.Scopes, "") || len(slices.Compact(slices.Clone(c.Scopes))) != len(c.Scopes) {
			t.Errorf("scopes %q", c.Scopes)
		}
		if _, there := claims["profiles"]; there != (c.Profiles != nil) || there && !json.Valid(c.Profiles) {
			t.Errorf("profiles %q", c.Profiles)
		}
		if len(c.ID()) != 22 {
			t.Errorf("id %q", c.ID())
		}
	})
}

// FuzzKeySet: the keys of any set are for known algorithms, and never for HS256.
func FuzzKeySet(f *testing.F) {
	for _, key := range []m{
		jwk(f, "a", rsaKey(), m{"alg": "PS256", "use": "sig"}), jwk(f, "b", p256Key()), jwk(f, "c", p384Key(), m{"key_ops": []string{"verify"}}),
		jwk(f, "d", edKey()), {"kty": "oct", "k": encode(secret)}, {"kty": "OKP", "crv": "X25519", "x": encode(make([]byte, 32))},
	} {
		f.Add([]byte(asJSON(f, m{"keys": []m{key}})))
	}
	f.Add([]byte(`{"keys":[null,{},{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"},{"kty":"RSA","n":"AQ","e":"AQ"}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		fits, err := auth.ParseJWKS(text)
		if err != nil {
			return
		}
		for _, algorithms := range fits {
			if len(algorithms) == 0 || slices.Contains(algorithms, "HS256") {
				t.Errorf("a key for %q was taken from %s", algorithms, text)
			}
		}
	})
}
