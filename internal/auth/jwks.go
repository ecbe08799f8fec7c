package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/MicahParks/jwkset"
)

const maxKeys = 100

// readJWKS reads a JSON Web Key Set (RFC 7517). Keys that are of no use here are left out; they do not spoil the others.
func readJWKS(text []byte) (*keySet, error) {
	var document struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.Keys == nil {
		return nil, errors.New("the answer is no JSON Web Key Set")
	}
	if len(document.Keys) > maxKeys {
		return nil, fmt.Errorf("the answer has more than %d keys", maxKeys)
	}
	set := &keySet{named: true}
	for i, text := range document.Keys {
		k, err := readJWK(text)
		if err != nil {
			set.leftOut = append(set.leftOut, fmt.Sprintf("key %d %v", i+1, err))
			continue
		}
		set.keys = append(set.keys, k)
	}
	return set, nil
}

// readJWK takes a public key for signatures.
func readJWK(text []byte) (key, error) {
	var m jwkset.JWKMarshal
	if err := json.Unmarshal(text, &m); err != nil {
		return key{}, errors.New("is no JSON Web Key")
	}
	if m.KTY == jwkset.KtyOct || m.K != "" || m.D != "" || m.P != "" || m.Q != "" {
		return key{}, errors.New("is secret or private, and has been published: nobody should use it any more")
	}
	if m.USE != "" && m.USE != jwkset.UseSig || m.KEYOPS != nil && !slices.Contains(m.KEYOPS, jwkset.KeyOpsVerify) {
		return key{}, errors.New("is not for signatures")
	}
	m.X5C, m.X5T, m.X5TS256, m.X5U = nil, "", "", "" // certificates are not looked at: the connection vouches for the key
	jwk, err := jwkset.NewJWKFromMarshal(m, jwkset.JWKMarshalOptions{}, jwkset.JWKValidateOptions{SkipKeyOps: true})
	if err != nil {
		return key{}, errors.New("cannot be read")
	}
	k := key{id: m.KID, alg: m.ALG.String(), material: jwk.Key()}
	if err := k.usable(); err != nil {
		return key{}, err
	}
	k.identity, err = k.identify()
	return k, err
}
