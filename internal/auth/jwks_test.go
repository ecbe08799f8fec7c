package auth_test

import (
	"crypto/elliptic"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/published"
)

// Unusable keys of a set are skipped, and do not spoil the others.
func TestKeysThatAreSkipped(t *testing.T) {
	private := func(k m) m { return k.with(m{"d": encode(p256Key().D.Bytes())}) } //nolint:staticcheck // as a JWK writes it
	for what, tt := range map[string]struct {
		key    m
		alg    string
		signer any
	}{
		"a shared secret":         {m{"kty": "oct", "kid": "k", "k": encode(secret)}, "HS256", secret},
		"a secret as an EC key":   {jwk(t, "k", p256Key(), m{"k": encode(secret)}), "ES256", p256Key()},
		"a private EC key":        {private(jwk(t, "k", p256Key())), "ES256", p256Key()},
		"a private Ed25519 key":   {jwk(t, "k", edKey(), m{"d": encode(edKey().Seed())}), "EdDSA", edKey()},
		"a private RSA key":       {jwk(t, "k", rsaKey(), m{"d": encode(rsaKey().D.Bytes())}), "RS256", rsaKey()},
		"a key for encryption":    {jwk(t, "k", rsaKey(), m{"use": "enc"}), "RS256", rsaKey()},
		"a key of unknown use":    {jwk(t, "k", rsaKey(), m{"use": "SIG"}), "RS256", rsaKey()},
		"a key to sign with":      {jwk(t, "k", rsaKey(), m{"key_ops": []string{"sign"}}), "RS256", rsaKey()},
		"a key for no operation":  {jwk(t, "k", rsaKey(), m{"key_ops": []string{}}), "RS256", rsaKey()},
		"another algorithm's key": {jwk(t, "k", rsaKey(), m{"alg": "RS512"}), "RS256", rsaKey()},
		"another type's":          {jwk(t, "k", p256Key(), m{"alg": "ES384"}), "ES256", p256Key()},
		"a weak RSA key":          {jwk(t, "k", weakRSAKey()), "RS256", weakRSAKey()},
		"an id that is a number":  {jwk(t, "", p256Key(), m{"kid": 1}), "ES256", p256Key()},
		"a use that is a list":    {jwk(t, "k", p256Key(), m{"use": []string{"sig"}}), "ES256", p256Key()},
		"no coordinate":           {jwk(t, "k", p256Key(), m{"y": nil}), "ES256", p256Key()},
		"a point off the curve":   {jwk(t, "k", p256Key(), m{"y": encode(make([]byte, 32))}), "ES256", p256Key()},
		"an unknown curve":        {jwk(t, "k", p256Key(), m{"crv": "secp256k1"}), "ES256", p256Key()},
		"an unknown type":         {jwk(t, "k", p256Key(), m{"kty": "AKP"}), "ES256", p256Key()},
		"a modulus that is none":  {jwk(t, "k", rsaKey(), m{"n": "!"}), "RS256", rsaKey()},
		"an exponent of zero":     {jwk(t, "k", rsaKey(), m{"e": ""}), "RS256", rsaKey()},
		"an exponent of 2^64+3":   {jwk(t, "k", rsaKey(), m{"e": encode([]byte{1, 0, 0, 0, 0, 0, 0, 0, 3})}), "RS256", rsaKey()},
		"a short Ed25519 key":     {jwk(t, "k", edKey(), m{"x": "AAAA"}), "EdDSA", edKey()},
	} {
		t.Run(what, func(t *testing.T) {
			good := makeEC(elliptic.P256())
			startWith(t, publishing(t, tt.key, jwk(t, "good", good)), func(t *testing.T, _ *issuer, v *auth.Verifier) {
				synctest.Wait()
				wantCaller(t, v, sign(t, "ES256", good, m{"kid": "good"}, valid(time.Now())))
				for _, id := range []m{{"kid": "k"}, {}} {
					wantRefusal(t, v, sign(t, tt.alg, tt.signer, id, valid(time.Now())), "")
				}
			})
		})
	}
}

func TestKeysThatAreTaken(t *testing.T) {
	padded := func(k m, name string) m {
		text, _ := k[name].(string)
		raw, err := base64.RawURLEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		return k.with(m{name: base64.URLEncoding.EncodeToString(raw)})
	}
	for what, tt := range map[string]struct {
		key    m
		alg    string
		signer any
	}{
		"RSA for RS256":        {jwk(t, "k", rsaKey(), m{"alg": "RS256", "use": "sig"}), "RS256", rsaKey()},
		"RSA for PS256":        {jwk(t, "k", rsaKey(), m{"alg": "PS256", "key_ops": []string{"verify"}}), "PS256", rsaKey()},
		"RSA without a word":   {jwk(t, "k", rsaKey()), "PS256", rsaKey()},
		"P-256":                {jwk(t, "k", p256Key(), m{"alg": "ES256"}), "ES256", p256Key()},
		"P-384":                {jwk(t, "k", p384Key()), "ES384", p384Key()},
		"Ed25519":              {jwk(t, "k", edKey()), "EdDSA", edKey()},
		"Ed25519 for EdDSA":    {jwk(t, "k", edKey(), m{"alg": "EdDSA"}), "EdDSA", edKey()},
		"unknown members":      {jwk(t, "k", p256Key(), m{"exp": 1, "x-y": m{}}), "ES256", p256Key()},
		"unknown operations":   {jwk(t, "k", p256Key(), m{"key_ops": []string{"verify", "x-y"}}), "ES256", p256Key()},
		"padding":              {padded(jwk(t, "k", p256Key()), "x"), "ES256", p256Key()},
		"a chain that is none": {jwk(t, "k", edKey(), m{"x5c": []string{"!"}, "x5u": "http://127.0.0.1:1"}), "EdDSA", edKey()},
	} {
		t.Run(what, func(t *testing.T) {
			startWith(t, publishing(t, tt.key), func(t *testing.T, _ *issuer, v *auth.Verifier) {
				synctest.Wait()
				wantCaller(t, v, sign(t, tt.alg, tt.signer, m{"kid": "k"}, valid(time.Now())))
				wantCaller(t, v, sign(t, tt.alg, tt.signer, nil, valid(time.Now())))
			})
		})
	}
}

// A token without a key id is tried with the keys that fit, as long as they are few. One with an id means that key alone.
func TestTokensWithoutAKeyID(t *testing.T) {
	var keys []m
	for n := range auth.MaxCandidates - 1 {
		keys = append(keys, jwk(t, fmt.Sprint("k", n), makeEC(elliptic.P256())))
	}
	keys = append(keys, jwk(t, "last", p256Key()), jwk(t, "ed", edKey()))
	startWith(t, publishing(t, keys...), func(t *testing.T, i *issuer, v *auth.Verifier) {
		synctest.Wait()
		token := func(header m) string { return sign(t, "ES256", p256Key(), header, valid(time.Now())) }
		wantCaller(t, v, token(nil))
		wantCaller(t, v, token(m{"kid": ""}))
		wantCaller(t, v, token(m{"kid": nil}))
		wantCaller(t, v, token(m{"kid": "last"}))
		wantRefusal(t, v, token(m{"kid": "k0"}), "signature")
		wantRefusal(t, v, token(m{"kid": "ed"}), "does not fit")
		i.publish(t, append(keys, jwk(t, "more", makeEC(elliptic.P256())))...)
		time.Sleep(auth.RefreshInterval)
		synctest.Wait()
		wantRefusal(t, v, token(nil), "kid")
		wantCaller(t, v, token(m{"kid": "last"}))
	})
}

// Two keys may have one id, as long as a token can mean only one of them, or both are tried.
func TestKeysWithOneID(t *testing.T) {
	startWith(t, func(i *issuer) {
		i.publish(t, jwk(t, "k", makeEC(elliptic.P256())), jwk(t, "k", p256Key()), jwk(t, "k", edKey()))
	}, func(t *testing.T, _ *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantCaller(t, v, sign(t, "ES256", p256Key(), m{"kid": "k"}, valid(time.Now())))
		wantCaller(t, v, sign(t, "EdDSA", edKey(), m{"kid": "k"}, valid(time.Now())))
		wantRefusal(t, v, sign(t, "ES384", p384Key(), m{"kid": "k"}, valid(time.Now())), "does not fit")
	})
}

func TestSetsThatAreRefused(t *testing.T) {
	good := asJSON(t, jwk(t, "old", p256Key()))
	set := func(n int) string {
		keys := []string{good}
		for len(keys) < n {
			keys = append(keys, asJSON(t, jwk(t, fmt.Sprint("k", len(keys)), p384Key())))
		}
		return `{"keys":[` + strings.Join(keys, ",") + `]}`
	}
	for what, tt := range map[string]struct {
		body  string
		ready bool
	}{
		"as it should be":     {set(1), true},
		"as many as may be":   {set(auth.MaxKeys), true},
		"more keys":           {set(auth.MaxKeys + 1), false},
		"the largest":         {set(1) + strings.Repeat(" ", published.MaxBody-len(set(1))), true},
		"larger":              {set(1) + strings.Repeat(" ", published.MaxBody-len(set(1))+1), false},
		"nothing":             {"", false},
		"null":                {"null", false},
		"no keys":             {"{}", false},
		"keys are null":       {`{"keys":null}`, false},
		"keys are an object":  {`{"keys":{}}`, false},
		"an array":            {"[" + good + "]", false},
		"one key":             {good, false},
		"cut off":             {set(1)[:len(set(1))-1], false},
		"something behind":    {set(1) + "x", false},
		"none that is usable": {`{"keys":[null,1,"x",[],{}]}`, false},
	} {
		t.Run(what, func(t *testing.T) {
			startWith(t, func(i *issuer) { i.respond(tt.body) }, func(t *testing.T, _ *issuer, v *auth.Verifier) {
				synctest.Wait()
				if v.Ready() != tt.ready {
					t.Errorf("ready: %v", v.Ready())
				}
				if tt.ready {
					wantCaller(t, v, oldKey(t))
				}
			})
		})
	}
}
