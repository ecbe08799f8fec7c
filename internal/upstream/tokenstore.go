package upstream

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

var (
	//go:embed scripts/refuse.lua
	refuseSource string
	//go:embed scripts/bar.lua
	barSource string

	refuseScript = redis.NewScript(refuseSource)
	barScript    = redis.NewScript(barSource)
)

// tokenStore keeps the token of an account in Redis, sealed, for all replicas, and what they have to agree on: which of them logs in,
// the backoff after failures, and the verdicts on refused tokens.
type tokenStore struct {
	fleet   *fleet.Redis
	sealer  *Seal
	account string // identity

	keys                         fleet.Keys // of the logins; the value is the token
	causedKey, futileKey, barKey string
}

func newTokenStore(r *fleet.Redis, sealer *Seal, a *Account) *tokenStore {
	id := a.identity()
	key := func(kind string) string { return r.Key("t1:{" + id + "}:" + kind) }
	credentials := sealer.fingerprint(a) // others of the same account neither wait for a login with these nor for its backoff
	return &tokenStore{
		fleet: r, sealer: sealer, account: id,
		keys: fleet.Keys{
			Value: key("token"), Lease: key("lease:" + credentials), Failure: key("failed:" + credentials), Topic: "token:" + id,
		},
		causedKey: key("caused"), futileKey: key("futile"), barKey: key("barred:"),
	}
}

// head returns the part of a sealed token that differs from that of every other one.
func head(sealed string) string { return sealed[:min(fleet.HeadSize, len(sealed))] }

// load returns the token that is in Redis, an expired one if Redis has none.
func (s *tokenStore) load(ctx context.Context, now time.Time) (t token, err error) {
	var sealed *redis.StringCmd
	var left *redis.DurationCmd
	err = s.fleet.Do(ctx, s.keys.Value, func(ctx context.Context) error {
		_, err := s.fleet.Client.Pipelined(ctx, func(p redis.Pipeliner) error {
			sealed, left = p.Get(ctx, s.keys.Value), p.PTTL(ctx, s.keys.Value)
			return nil
		})
		return err
	})
	if err != nil {
		return token{}, nil //nolint:nilerr // the caller logs in
	}
	value, err := s.sealer.open(sealed.Val(), s.account)
	if err != nil {
		return token{}, err
	}
	return token{value: value, sealed: sealed.Val(), Session: Session{Expires: now.Add(left.Val())}}, nil
}

// refuse is tokenSource.judge for the whole fleet, with the record of this replica.
func (s *tokenStore) refuse(ctx context.Context, path string, used token, of record) (verdict string, err error) {
	err = s.fleet.Do(ctx, s.keys.Value, func(ctx context.Context) (err error) {
		keys := []string{s.keys.Value, s.causedKey, s.futileKey, s.barKey + path}
		verdict, err = refuseScript.Run(ctx, s.fleet.Client, keys,
			used.sealed, of.here, of.anywhere, of.cooldown().Milliseconds(), causedLimit, time.Minute.Milliseconds()).Text()
		return err
	})
	return verdict, err
}

// bar is tokenSource.bar for the whole fleet.
func (s *tokenStore) bar(ctx context.Context, path string) {
	_ = s.fleet.Do(ctx, s.keys.Value, func(ctx context.Context) error {
		return barScript.Run(ctx, s.fleet.Client, []string{s.futileKey, s.barKey + path}, barTime.Milliseconds()).Err()
	})
}

// A sealed token consists of:
//
//	magic    4  "RGT1"; the digit is the version
//	key      4  the id of the key that it is sealed with: the first bytes of a hash of it
//	nonce   12
//	rest        AES-256-GCM over the token, with the account's identity as associated data
const (
	sealMagic = "RGT1"
	keyIDSize = 4
)

var (
	errForeignSeal = errors.New("it is sealed with a key that TOKEN_ENCRYPTION_KEYS does not hold")
	errBrokenSeal  = errors.New("it is damaged, or another account's")
)

// Seal seals tokens for Redis. The first key seals; the others only open, so that keys can be changed.
type Seal struct {
	first string // prefix: magic and id of the key
	keys  map[string]cipher.AEAD
	mac   []byte
}

// NewSeal takes keys of 32 bytes, newest first.
func NewSeal(keys ...[]byte) (*Seal, error) {
	if len(keys) == 0 {
		return nil, errors.New("no key")
	}
	s := &Seal{first: prefixOf(keys[0]), keys: map[string]cipher.AEAD{}, mac: derive(keys[0], "credentials")}
	for _, k := range keys {
		block, err := aes.NewCipher(k)
		if err != nil {
			return nil, err
		}
		if s.keys[prefixOf(k)], err = cipher.NewGCMWithRandomNonce(block); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func prefixOf(key []byte) string { return sealMagic + string(derive(key, "id")[:keyIDSize]) }

func derive(key []byte, purpose string) []byte {
	h := hmac.New(sha256.New, key)
	fmt.Fprintf(h, "rocket-gateway %s", purpose)
	return h.Sum(nil)
}

// seal returns text sealed for an account.
func (s *Seal) seal(text, account string) string {
	return string(s.keys[s.first].Seal([]byte(s.first), nil, []byte(text), []byte(account))) //nolint:gosec // the AEAD makes its own nonce
}

// open returns the text that was sealed for the account.
func (s *Seal) open(sealed, account string) (string, error) {
	prefix := sealed[:min(len(s.first), len(sealed))]
	key := s.keys[prefix]
	if key == nil {
		return "", errForeignSeal
	}
	text, err := key.Open(nil, nil, []byte(sealed[len(prefix):]), []byte(account))
	if err != nil {
		return "", errBrokenSeal
	}
	return string(text), nil
}

// fingerprint returns a text that differs with an account's credentials, and reveals nothing about them without the key.
func (s *Seal) fingerprint(a *Account) string {
	h := hmac.New(sha256.New, s.mac)
	fmt.Fprintf(h, "%d:%s%s", len(a.identity()), a.identity(), a.Password.Reveal())
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil)[:12])
}
