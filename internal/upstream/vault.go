package upstream

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/fleet"
)

var (
	//go:embed scripts/claim.lua
	claimSource string
	//go:embed scripts/store.lua
	storeSource string
	//go:embed scripts/fail.lua
	failSource string
	//go:embed scripts/refuse.lua
	refuseSource string
	//go:embed scripts/bar.lua
	barSource string

	claimScript  = redis.NewScript(claimSource)
	storeScript  = redis.NewScript(storeSource)
	failScript   = redis.NewScript(failSource)
	refuseScript = redis.NewScript(refuseSource)
	barScript    = redis.NewScript(barSource)
)

// vault keeps the token of an account in Redis, sealed, for all replicas, and what they have to agree on: who logs in, how long
// nobody does after failures, and what a refused token leads to.
type vault struct {
	fleet   *fleet.Redis
	seal    *Seal
	account string // identity

	tokenKey, leaseKey, failureKey, causedKey, futileKey, barKey string
}

func newVault(r *fleet.Redis, seal *Seal, a *Account) *vault {
	id := a.identity()
	key := func(kind string) string { return r.Key("t1:{" + id + "}:" + kind) }
	// Other credentials of the same account are neither kept waiting nor held back by these.
	credentials := seal.fingerprint(a)
	return &vault{
		fleet: r, seal: seal, account: id, tokenKey: key("token"), leaseKey: key("login:" + credentials),
		failureKey: key("failure:" + credentials), causedKey: key("caused"), futileKey: key("futile"), barKey: key("barred:"),
	}
}

// topic is what the bell says when a login has ended.
func (v *vault) topic() string { return "token:" + v.account }

// claim is what the fleet says to who needs a token.
type claim struct {
	token   *token        // there is one
	failure error         // logins fail, and none is due
	wait    time.Duration // until one is
	lease   *fleet.Lease  // granted: log in, then store or fail
}

// claim asks for a token other than the one held, which may be none, or for the right to log in. With neither of them, nor a
// failure, another replica is logging in.
func (v *vault) claim(ctx context.Context, held token, now time.Time) (c claim, err error) {
	lease := v.fleet.Lease(v.leaseKey)
	var reply []any
	err = v.fleet.Do(ctx, v.tokenKey, func(ctx context.Context) (err error) {
		reply, err = claimScript.Run(ctx, v.fleet.Client, []string{v.tokenKey, v.leaseKey, v.failureKey},
			held.sealed, lease.Owner, fleet.LeaseLife.Milliseconds()).Slice()
		return err
	})
	if err != nil {
		return c, err
	}
	outcome, _ := reply[0].(string)
	text, _ := reply[1].(string)
	ms, _ := reply[2].(int64)
	left := time.Duration(ms) * time.Millisecond
	switch outcome {
	case "token":
		value, err := v.seal.open(text, v.account)
		if err != nil {
			return c, sealError{err, text}
		}
		c.token = &token{value: value, expires: now.Add(left), sealed: text}
	case "failed":
		c.failure, c.wait = readNote(text), left
	case "granted":
		c.lease = lease
	}
	return c, nil
}

// sealError says that the token in Redis cannot be opened here.
type sealError struct {
	error
	sealed string
}

// store shares a new token and ends the lease.
func (v *vault) store(ctx context.Context, lease *fleet.Lease, t *token, life time.Duration) {
	lease.Rest()
	sealed := v.seal.shut(t.value, v.account)
	for range 1 + patience { // whoever waits for it would log in once more
		err := v.fleet.Do(ctx, v.tokenKey, func(ctx context.Context) error {
			return storeScript.Run(ctx, v.fleet.Client, []string{v.tokenKey, v.leaseKey, v.failureKey},
				lease.Owner, sealed, life.Milliseconds(), v.fleet.Bell.Channel, fleet.Ring(v.topic(), "")).Err()
		})
		if err == nil {
			t.sealed = sealed
			return
		}
	}
}

// fail tells all why there is no token, and ends the lease. The pause before the next login doubles with each failure.
func (v *vault) fail(ctx context.Context, lease *fleet.Lease, failure error) {
	lease.Rest()
	f := fault.Of(failure)
	_ = v.fleet.Do(ctx, v.tokenKey, func(ctx context.Context) error {
		return failScript.Run(ctx, v.fleet.Client, []string{v.leaseKey, v.failureKey},
			lease.Owner, writeNote(f), shortestPause.Milliseconds(), longest(f).Milliseconds(), heed(f).Milliseconds(),
			v.fleet.Bell.Channel, fleet.Ring(v.topic(), "")).Err()
	})
}

// refuse is refusals.judge for the whole fleet, with what this replica knows of the token.
func (v *vault) refuse(ctx context.Context, path string, used token, of record) (outcome string, err error) {
	err = v.fleet.Do(ctx, v.tokenKey, func(ctx context.Context) (err error) {
		keys := []string{v.tokenKey, v.causedKey, v.futileKey, v.barKey + path}
		outcome, err = refuseScript.Run(ctx, v.fleet.Client, keys,
			used.sealed, of.here, of.anywhere, of.pause().Milliseconds(), causedLimit, time.Minute.Milliseconds()).Text()
		return err
	})
	return outcome, err
}

// bar tells the fleet that a new token did not help.
func (v *vault) bar(ctx context.Context, path string) {
	_ = v.fleet.Do(ctx, v.tokenKey, func(ctx context.Context) error {
		keys := []string{v.futileKey, v.barKey + path}
		return barScript.Run(ctx, v.fleet.Client, keys, barTime.Milliseconds()).Err()
	})
}

// note is a failed login as Redis keeps it: what callers may read, and no cause.
type note struct {
	Kind   fault.Kind `json:"kind"`
	Detail string     `json:"detail"`
	Status int        `json:"status,omitempty"`
}

func writeNote(f *fault.Error) string {
	text, _ := json.Marshal(note{f.Kind, f.Detail, f.Status}) // text and a number never fail
	return string(text)
}

func readNote(text string) error {
	var n note
	if json.Unmarshal([]byte(text), &n) != nil || n.Kind == "" {
		return errors.New("a login failed")
	}
	return &fault.Error{Kind: n.Kind, Detail: n.Detail, Status: n.Status}
}
