package auth

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
)

// algorithm is a signature algorithm of RFC 7518 or 8037, and the keys that it takes.
type algorithm struct {
	name string
	fits func(key any) bool
}

const (
	sharedSecret = "HS256" // the only algorithm whose key must not be published
	minRSABits   = 2048
)

// algorithms are all that may be allowed.
var algorithms = []algorithm{
	{sharedSecret, isSecret},
	{"RS256", isRSA},
	{"PS256", isRSA},
	{"ES256", isOn(elliptic.P256())},
	{"ES384", isOn(elliptic.P384())},
	{"EdDSA", isEd25519},
}

// Algorithms are the names of all that may be allowed.
func Algorithms() []string {
	names := make([]string, len(algorithms))
	for i, a := range algorithms {
		names[i] = a.name
	}
	return names
}

func isSecret(key any) bool {
	_, ok := key.([]byte)
	return ok
}

func isRSA(key any) bool {
	k, ok := key.(*rsa.PublicKey)
	return ok && k.N.BitLen() >= minRSABits
}

// isOn is needed because golang-jwt looks at the length of the signature, and not at the curve.
func isOn(curve elliptic.Curve) func(any) bool {
	return func(key any) bool {
		k, ok := key.(*ecdsa.PublicKey)
		return ok && k.Curve == curve
	}
}

func isEd25519(key any) bool {
	_, ok := key.(ed25519.PublicKey)
	return ok
}
