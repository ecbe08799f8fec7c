package auth

import (
	"crypto/x509"
	"errors"
	"slices"

	"github.com/golang-jwt/jwt/v5"
)

// maxTries bounds the signatures that are computed for a token that does not name its key.
const maxTries = 4

// key verifies signatures.
type key struct {
	id       string // as tokens name it (kid); empty where it has no name
	alg      string // the only algorithm that it is for; empty: any that fits
	material any    // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey
	identity string // tells it from all others; set for published keys
}

func (k *key) fits(alg string) bool {
	i := slices.IndexFunc(algorithms, func(a algorithm) bool { return a.name == alg })
	return i >= 0 && (k.alg == "" || k.alg == alg) && algorithms[i].fits(k.material)
}

// usable refuses a key that no algorithm takes.
func (k *key) usable() error {
	if slices.ContainsFunc(algorithms, func(a algorithm) bool { return k.fits(a.name) }) {
		return nil
	}
	return errors.New("is for no algorithm that is known here, or too short for it")
}

// identify is the same for two keys that are alike in all that counts.
func (k *key) identify() (string, error) {
	der, err := x509.MarshalPKIXPublicKey(k.material)
	return k.id + "\x00" + k.alg + "\x00" + string(der), err
}

// keySet is the keys at one moment. It never changes: other keys are another set.
type keySet struct {
	keys  []key
	named bool // tokens say which key is meant

	leftOut []string // for the log: published keys that are of no use here, and why
}

// fixed is a set of the one key that every token means, whatever name it has for it.
func fixed(material any) *keySet { return &keySet{keys: []key{{material: material}}} }

// equal says whether two sets verify the same tokens.
func (s *keySet) equal(other *keySet) bool {
	return other != nil && slices.Equal(s.identities(), other.identities())
}

func (s *keySet) identities() []string {
	all := make([]string, len(s.keys))
	for i, k := range s.keys {
		all[i] = k.identity
	}
	slices.Sort(all)
	return all
}

// find gives the keys that the header can mean and that fit its algorithm. known is false where a newer set may have one.
func (s *keySet) find(h header) (fitting []jwt.VerificationKey, known bool) {
	for _, k := range s.keys {
		if s.named && h.kid != "" && h.kid != k.id {
			continue
		}
		known = known || h.kid != "" || !s.named
		if k.fits(h.alg) {
			fitting = append(fitting, k.material)
		}
	}
	return fitting, known || len(fitting) > 0
}
