package auth

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/MicahParks/jwkset"

	"github.com/rocket-gateway/rocket-gateway/internal/published"
)

const maxKeys = 100

// issuer publishes its keys at a URL.
type issuer struct {
	url    string
	client *published.Client
}

// fetch returns the keys that are published now. It recovers from a panic: it parses untrusted text on a goroutine that nothing
// else protects.
func (i *issuer) fetch(ctx context.Context) (set *keySet, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic while reading the response: %v", p)
		}
	}()
	body, err := i.client.Get(ctx, i.url, "application/jwk-set+json, application/json")
	if err != nil {
		return nil, err
	}
	return parseJWKS(body)
}

// parseJWKS reads a JSON Web Key Set (RFC 7517). It skips keys that cannot be used; they do not spoil the others.
func parseJWKS(text []byte) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.Keys == nil {
		return nil, errors.New("the response is no JSON Web Key Set")
	}
	if len(document.Keys) > maxKeys {
		return nil, fmt.Errorf("the response has more than %d keys", maxKeys)
	}
	set := &keySet{named: true}
	var identities []string
	for i, text := range document.Keys {
		k, err := parseJWK(text)
		if err != nil {
			set.skipped = append(set.skipped, fmt.Sprintf("key %d %v", i+1, err))
			continue
		}
		der, _ := x509.MarshalPKIXPublicKey(k.material) // fails for no key that newKey takes
		identities = append(identities, fmt.Sprintf("%q %v %x", k.id, k.algorithms, der))
		set.keys = append(set.keys, k)
	}
	slices.Sort(identities)
	set.identity = strings.Join(identities, "\n")
	return set, nil
}

// parseJWK reads a public key for signatures.
func parseJWK(text []byte) (key, error) {
	var m jwkset.JWKMarshal
	if err := json.Unmarshal(text, &m); err != nil {
		return key{}, errors.New("is no JSON Web Key")
	}
	if m.KTY == jwkset.KtyOct || m.K != "" || m.D != "" || m.P != "" || m.Q != "" {
		return key{}, errors.New("is secret or private, and has been published: it must not be used any more")
	}
	if m.USE != "" && m.USE != jwkset.UseSig || m.KEYOPS != nil && !slices.Contains(m.KEYOPS, jwkset.KeyOpsVerify) {
		return key{}, errors.New("is not for signatures")
	}
	m.X5C, m.X5T, m.X5TS256, m.X5U = nil, "", "", "" // certificates are ignored: the connection vouches for the key
	jwk, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{SkipKeyOps: true})
	if err != nil {
		return key{}, errors.New("cannot be read")
	}
	return newKey(m.KID, m.ALG.String(), jwk.Key())
}
