package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Verifier tells callers by their tokens. It is safe for concurrent use.
type Verifier struct {
	source  source
	memo    *memo
	parser  *jwt.Parser
	allowed []string

	issuer        string
	leeway        time.Duration
	profilesClaim string
	readProfiles  func(json.RawMessage) any
	now           func() time.Time
}

// New makes a Verifier. It does not wait for an issuer: keys are read behind it. The error joins all that is wrong with the
// options, each with the name of the variable to change.
func New(o Options) (*Verifier, error) { return newVerifier(o, newTransport()) }

func newVerifier(o Options, network http.RoundTripper) (*Verifier, error) {
	keys, allowed, err := o.check()
	if err != nil {
		return nil, err
	}
	m, err := newMemo()
	if err != nil {
		return nil, err
	}
	var from source = (*constant)(keys)
	if keys == nil {
		from = newStore(newIssuer(o.JWKSURL, network).keys, o.Now, o.Log)
	}
	return &Verifier{
		source: from, memo: m, parser: newParser(o, allowed), allowed: allowed,
		issuer: o.Issuer, leeway: o.Leeway, profilesClaim: o.ProfilesClaim, readProfiles: o.ReadProfiles, now: o.Now,
	}, nil
}

func newParser(o Options, allowed []string) *jwt.Parser {
	options := []jwt.ParserOption{
		jwt.WithValidMethods(allowed), jwt.WithStrictDecoding(), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(o.Leeway), jwt.WithTimeFunc(o.Now), jwt.WithIssuer(o.Issuer),
	}
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	return jwt.NewParser(options...)
}

// Verify gives the caller whose token the request's Authorization headers hold. The error is a *fault.Error, or the context's
// where the caller went away.
func (v *Verifier) Verify(ctx context.Context, authorization []string) (*Caller, error) {
	token, err := bearer(authorization)
	if err != nil {
		return nil, err
	}
	sum := fingerprint(token)
	if caller := v.memo.get(sum, v.source.current(), v.now()); caller != nil {
		return caller, nil
	}
	return v.check(ctx, token, sum)
}

// check verifies a token that is not known yet.
func (v *Verifier) check(ctx context.Context, token string, sum tokenSum) (*Caller, error) {
	h, err := readHeader(token)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(v.allowed, h.alg) {
		return nil, refuse(reasonAlgorithm, "The token's algorithm is not accepted here. Use "+strings.Join(v.allowed, " or ")+".")
	}
	var c claims
	var keys *keySet
	_, err = v.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) {
		fitting, set, err := v.keysFor(ctx, h)
		keys = set
		return jwt.VerificationKeySet{Keys: fitting}, err
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, v.refusal(err, &c, keys)
	}
	caller := newCaller(&c, v.profilesClaim)
	if v.readProfiles != nil {
		caller.Reach = v.readProfiles(caller.Profiles)
	}
	v.memo.put(sum, caller, keys, &c, v.leeway, v.now())
	return caller, nil
}

// keysFor gives the keys that the token may be signed with, and the set that they are of. It waits for newer ones where the
// token names a key that nobody knows.
func (v *Verifier) keysFor(ctx context.Context, h header) ([]jwt.VerificationKey, *keySet, error) {
	set := v.source.current()
	if set == nil {
		return nil, nil, unavailable(v.source.retry())
	}
	fitting, known := set.find(h)
	if !known {
		set = v.source.await(ctx, func(newer *keySet) bool {
			_, known := newer.find(h)
			return known
		})
		fitting, known = set.find(h)
	}
	switch {
	case !known:
		return nil, nil, refuse(reasonUnknownKey, "The token is signed with a key that is not known to be its issuer's.")
	case len(fitting) == 0:
		return nil, nil, refuse(reasonAlgorithm, "The token's algorithm does not fit the key that it names.")
	case len(fitting) > maxTries:
		return nil, nil, refuse(reasonUnknownKey, "The token can mean too many of its issuer's keys: its kid must be that of one key.")
	}
	return fitting, set, nil
}

// refusal is the end of a token that does not pass. A signature that is wrong may mean that the key has been replaced under
// its name: the store has a look, but the token does not wait for it.
func (v *Verifier) refusal(err error, c *claims, keys *keySet) error {
	if errors.Is(err, jwt.ErrTokenSignatureInvalid) {
		v.source.suspect(keys)
	}
	return v.explain(err, c)
}

// Ready says whether there are keys to check tokens with. It stays true when the issuer goes away.
func (v *Verifier) Ready() bool { return v.source.current() != nil }

// KeysRead says when the issuer last gave its keys, which is the zero time before it ever has. published is false where the keys
// are the same for the life of the process.
func (v *Verifier) KeysRead() (at time.Time, published bool) { return v.source.lastRead() }

// AwaitReady waits until there are keys to check tokens with, or the context ends.
func (v *Verifier) AwaitReady(ctx context.Context) error { return v.source.awaitFirst(ctx) }

// Close ends what goes on behind the callers, and waits for it. No Verify may follow.
func (v *Verifier) Close() {
	v.source.close()
	v.memo.close()
}
