package upstream

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
)

// What is sealed:
//
//	magic    4  "RGT1"; the digit is the version
//	key      4  which key it is sealed with: the first bytes of a hash of it
//	nonce   12
//	rest        AES-256-GCM over the token, with the account's identity as associated data
const (
	sealMagic  = "RGT1"
	keyIDSize  = 4
	nonceSize  = 12
	sealHeader = len(sealMagic) + keyIDSize + nonceSize
)

var (
	errForeignSeal = errors.New("it is sealed with a key that TOKEN_ENCRYPTION_KEYS does not hold")
	errBrokenSeal  = errors.New("it is damaged, or another account's")
)

// Seal seals what must not lie open in Redis. The first key seals; the others only open, so that keys can be changed.
type Seal struct {
	keys []sealKey
	mac  []byte
}

type sealKey struct {
	id   string
	aead cipher.AEAD
}

// NewSeal takes keys of 32 bytes, newest first.
func NewSeal(keys ...[]byte) (*Seal, error) {
	if len(keys) == 0 {
		return nil, errors.New("no key")
	}
	s := &Seal{mac: derive(keys[0], "credentials")}
	for _, k := range keys {
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		aead, err := cipher.NewGCM(block)
		if err != nil {
			return nil, err
		}
		s.keys = append(s.keys, sealKey{id: string(derive(k, "id")[:keyIDSize]), aead: aead})
	}
	return s, nil
}

func derive(key []byte, purpose string) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "rocket-gateway %s", purpose)
	return h.Sum(nil)
}

// shut seals text for an account.
func (s *Seal) shut(text, account string) string {
	k := s.keys[0]
	b := make([]byte, sealHeader, sealHeader+len(text)+k.aead.Overhead())
	copy(b, sealMagic)
	copy(b[len(sealMagic):], k.id)
	nonce := b[sealHeader-nonceSize:]
	_, _ = rand.Read(nonce) // it never fails
	return string(k.aead.Seal(b, nonce, []byte(text), []byte(account)))
}

// open gives what was sealed for the account.
func (s *Seal) open(sealed, account string) (string, error) {
	if len(sealed) < sealHeader || sealed[:len(sealMagic)] != sealMagic {
		return "", errForeignSeal
	}
	id, nonce := sealed[len(sealMagic):len(sealMagic)+keyIDSize], sealed[sealHeader-nonceSize:sealHeader]
	for _, k := range s.keys {
		if k.id != id {
			continue
		}
		text, err := k.aead.Open(nil, []byte(nonce), []byte(sealed[sealHeader:]), []byte(account))
		if err != nil {
			return "", errBrokenSeal
		}
		return string(text), nil
	}
	return "", errForeignSeal
}

// fingerprint stands for an account's credentials without telling anything about them to who has no key.
func (s *Seal) fingerprint(a *Account) string {
	h := hmac.New(sha256.New, s.mac)
	fmt.Fprintf(h, "%d:%s%s", len(a.identity()), a.identity(), a.Password.Reveal())
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
