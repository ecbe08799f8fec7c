package upstream

import (
	"context"
	_ "embed"
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

// vault keeps the token of an account in Redis, sealed, for all replicas, and what they have to agree on: who logs in, how long
// nobody does after failures, and what a refused token leads to.
type vault struct {
	fleet   *fleet.Redis
	seal    *Seal
	account string // identity

	keys                         fleet.Keys // of the logins; the value is the token
	causedKey, futileKey, barKey string
}

func newVault(r *fleet.Redis, seal *Seal, a *Account) *vault {
	id := a.identity()
	key := func(kind string) string { return r.Key("t1:{" + id + "}:" + kind) }
	// Other credentials of the same account are neither kept waiting nor held back by these.
	credentials := seal.fingerprint(a)
	return &vault{
		fleet: r, seal: seal, account: id,
		keys: fleet.Keys{
			Value: key("token"), Lease: key("lease:" + credentials), Failure: key("failed:" + credentials), Topic: "token:" + id,
		},
		causedKey: key("caused"), futileKey: key("futile"), barKey: key("barred:"),
	}
}

// head is the part of a sealed token that tells it from every other one.
func head(sealed string) string { return sealed[:min(fleet.HeadSize, len(sealed))] }

// load returns the token that is in Redis; it has expired if there is none.
func (v *vault) load(ctx context.Context, now time.Time) (t token, err error) {
	var sealed *redis.StringCmd
	var left *redis.DurationCmd
	err = v.fleet.Do(ctx, v.keys.Value, func(ctx context.Context) error {
		_, err := v.fleet.Client.Pipelined(ctx, func(p redis.Pipeliner) error {
			sealed, left = p.Get(ctx, v.keys.Value), p.PTTL(ctx, v.keys.Value)
			return nil
		})
		return err
	})
	if err != nil {
		return token{}, nil //nolint:nilerr // the caller logs in
	}
	value, err := v.seal.open(sealed.Val(), v.account)
	if err != nil {
		return token{}, err
	}
	return token{value: value, expires: now.Add(left.Val()), sealed: sealed.Val()}, nil
}

// shut returns a token as Redis keeps it, "" if the token is not shared.
func (v *vault) shut(value string) string {
	if v == nil {
		return ""
	}
	return v.seal.shut(value, v.account)
}

// refuse is refusals.judge for the whole fleet, with what this replica knows of the token.
func (v *vault) refuse(ctx context.Context, path string, used token, of record) (outcome string, err error) {
	err = v.fleet.Do(ctx, v.keys.Value, func(ctx context.Context) (err error) {
		keys := []string{v.keys.Value, v.causedKey, v.futileKey, v.barKey + path}
		outcome, err = refuseScript.Run(ctx, v.fleet.Client, keys,
			used.sealed, of.here, of.anywhere, of.pause().Milliseconds(), causedLimit, time.Minute.Milliseconds()).Text()
		return err
	})
	return outcome, err
}

// bar tells the fleet that a new token did not help.
func (v *vault) bar(ctx context.Context, path string) {
	_ = v.fleet.Do(ctx, v.keys.Value, func(ctx context.Context) error {
		keys := []string{v.futileKey, v.barKey + path}
		return barScript.Run(ctx, v.fleet.Client, keys, barTime.Milliseconds()).Err()
	})
}
