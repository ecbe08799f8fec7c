package auth

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"
)

const (
	sharedSecret  = "HS256" // the only algorithm whose key must not be published
	minRSABits    = 2048
	maxCandidates = 4 // signatures that are computed for a token that does not name its key
)

// Algorithms returns the names of all algorithms (RFC 7518 and 8037) that may be allowed.
func Algorithms() []string {
	return []string{sharedSecret, "RS256", "PS256", "ES256", "ES384", "EdDSA"}
}

// algorithmsOf returns the algorithms that take a key. golang-jwt would compare the length of an ECDSA signature, not the curve.
func algorithmsOf(material any) []string {
	switch k := material.(type) {
	case []byte:
		return []string{sharedSecret}
	case *rsa.PublicKey:
		if k.N.BitLen() >= minRSABits {
			return []string{"RS256", "PS256"}
		}
	case *ecdsa.PublicKey:
		switch k.Curve {
		case elliptic.P256():
			return []string{"ES256"}
		case elliptic.P384():
			return []string{"ES384"}
		}
	case ed25519.PublicKey:
		return []string{"EdDSA"}
	}
	return nil
}

// key verifies signatures.
type key struct {
	id         string   // as tokens name it (kid); empty if it has no name
	algorithms []string // that it may be used with
	material   any      // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
}

// newKey returns a published key for alg alone, or for every algorithm that takes it if alg is empty.
func newKey(id, alg string, material any) (key, error) {
	k := key{id, algorithmsOf(material), material}
	if alg != "" {
		k.algorithms = slices.DeleteFunc(k.algorithms, func(a string) bool { return a != alg })
	}
	if len(k.algorithms) == 0 {
		return key{}, errors.New("is for no known algorithm, or too short for it")
	}
	return k, nil
}

// keySet is the keys at one moment. It never changes: other keys are another set.
type keySet struct {
	keys  []key
	named bool // tokens name the key that they mean

	identity string   // of a published set: two with one identity verify the same tokens
	skipped  []string // for the log: published keys that cannot be used, and why
}

// fixedKeys returns a set of one key that every token means, whatever name it has for it.
func fixedKeys(material any) *keySet {
	return &keySet{keys: []key{{algorithms: algorithmsOf(material), material: material}}}
}

// find returns the keys that the header can mean and that fit its algorithm. known is false if a newer set may have one.
func (s *keySet) find(h header) (candidates []any, known bool) {
	for _, k := range s.keys {
		if s.named && h.kid != "" && h.kid != k.id {
			continue
		}
		known = known || h.kid != "" || !s.named
		if slices.Contains(k.algorithms, h.alg) {
			candidates = append(candidates, k.material)
		}
	}
	return candidates, known || len(candidates) > 0
}

var errNoKey = errors.New("holds no usable key: it must be one PEM block with an RSA (2048 bits or more), P-256, P-384 or " +
	"Ed25519 public key, or a certificate of one")

// parsePEM reads exactly one public key or certificate. It does not check the dates of a certificate: the operator vouches for
// the key by naming its file.
func parsePEM(content []byte) (*keySet, error) {
	block, rest := pem.Decode(content)
	switch {
	case block == nil:
		return nil, errNoKey
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("holds a private key; it must hold the public one; only the issuer may have the private one")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("holds more than one PEM block; keep only the issuer's key")
	}
	public, err := parseBlock(block)
	if err != nil || len(algorithmsOf(public)) == 0 {
		return nil, errNoKey
	}
	return fixedKeys(public), nil
}

func parseBlock(block *pem.Block) (any, error) {
	if block.Type != "CERTIFICATE" {
		return jwkset.LoadX509KeyInfer(block)
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return certificate.PublicKey, nil
}
