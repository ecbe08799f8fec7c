package auth_test

import (
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// BenchmarkKnownToken is what nearly every request costs: a look for the token's SHA-256.
func BenchmarkKnownToken(b *testing.B) {
	v := verifier(b, shared)
	headers := []string{"Bearer " + hs256(b, valid(today).with(m{"profiles": someProfiles}))}
	if _, err := v.Verify(b.Context(), headers); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), headers); err != nil {
			b.Fatal(err)
		}
	}
}

var someProfiles = []m{
	{"provider": "azure", "resource_type": "customers", "resources": []string{"96e9b693-5cc0-4f19-bc9a-1ccba175da87"}},
}

// BenchmarkNewToken is what the first request with a token costs, for each algorithm.
func BenchmarkNewToken(b *testing.B) {
	keys := map[string]any{
		"HS256": secret, "RS256": rsaKey(), "PS256": rsaKey(), "ES256": p256Key(), "ES384": p384Key(), "EdDSA": edKey(),
	}
	for _, alg := range auth.Algorithms() {
		b.Run(alg, func(b *testing.B) {
			source := shared
			if alg != "HS256" {
				source = pemFile(b, keys[alg])
			}
			v := verifier(b, source)
			token := sign(b, alg, keys[alg], nil, valid(today).with(m{"profiles": someProfiles}))
			b.ReportAllocs()
			for b.Loop() {
				if err := auth.VerifyAnew(b.Context(), v, token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
