package auth

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/published"
)

// Verifier authenticates callers by their tokens. It is safe for concurrent use.
type Verifier struct {
	options   Options
	keys      *store
	allowed   []string // algorithms
	validator *jwt.Validator
	memo      *memo
}

// New returns a Verifier. It does not wait for an issuer: keys are fetched in the background. The error joins all faults of the
// options, each with the name of the variable to change.
func New(o Options) (*Verifier, error) { return newVerifier(o, published.NewTransport()) }

func newVerifier(o Options, transport http.RoundTripper) (*Verifier, error) {
	fixed, allowed, err := o.check()
	if err != nil {
		return nil, err
	}
	keys := fixedStore(fixed)
	if fixed == nil {
		keys = newStore(&issuer{o.JWKSURL, published.NewClient(transport)}, newMetrics(o.Metrics), o.Now, o.Log)
	}
	return &Verifier{options: o, keys: keys, allowed: allowed, validator: newValidator(&o), memo: newMemo()}, nil
}

// newValidator returns a validator of claims. golang-jwt's parser is not used: it would read the header again, and take the last
// of two members with one name.
func newValidator(o *Options) *jwt.Validator {
	options := []jwt.ParserOption{
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(o.Leeway), jwt.WithTimeFunc(o.Now), jwt.WithIssuer(o.Issuer),
	}
	if o.Audience != "" {
		options = append(options, jwt.WithAudience(o.Audience))
	}
	return jwt.NewValidator(options...)
}

// Verify returns the caller whose token is in the request's Authorization headers. The error is a *fault.Error, or the context's
// if that has ended.
func (v *Verifier) Verify(ctx context.Context, authorization []string) (*Caller, error) {
	token, err := bearerToken(authorization)
	if err != nil {
		return nil, err
	}
	if len(token) > maxToken {
		return nil, refuse(reasonMalformed, "The token is larger than 8 KiB.")
	}
	hash := hashToken(token)
	if caller := v.memo.get(hash, v.keys.current(), v.options.Now()); caller != nil {
		return caller, nil
	}
	return v.verify(ctx, token, hash)
}

// maxToken bounds a token's bytes; issuers keep theirs below the limits of web servers, which are about the same.
const maxToken = 8 << 10

// bearerToken returns the one token of the request's Authorization headers (RFC 6750, section 2.1).
func bearerToken(authorization []string) (string, error) {
	if len(authorization) > 1 {
		return "", &fault.Error{
			Kind: fault.Unauthorized, Challenge: fault.ChallengeInvalidRequest, Reason: reasonMalformed,
			Detail: "The request has more than one Authorization header. Send one.",
		}
	}
	scheme, token, _ := strings.Cut(strings.Join(authorization, ""), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", &fault.Error{ // RFC 6750 wants no error code here
			Kind: fault.Unauthorized, Reason: reasonNoToken, Detail: "The request has no token. Send it as Authorization: Bearer <token>.",
		}
	}
	return strings.TrimLeft(token, " "), nil
}

// checkSyntax refuses a token that has anything but three parts of base64url: the decoder would skip line breaks.
func checkSyntax(token string) error {
	switch {
	case strings.ContainsFunc(token, func(r rune) bool { return !isBase64URL(r) && r != '.' }):
		return malformed("it has characters that no JWT has")
	case strings.Count(token, ".") != 2:
		return malformed("a signed JWT has three parts")
	}
	return nil
}

func isBase64URL(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// verify checks a token that is not in the memo, and adds it.
func (v *Verifier) verify(ctx context.Context, token string, hash tokenHash) (*Caller, error) {
	if err := checkSyntax(token); err != nil {
		return nil, err
	}
	parts := strings.Split(token, ".") // three, as checkSyntax has found
	h, err := parseHeader(parts[0])
	if err != nil {
		return nil, err
	}
	if !slices.Contains(v.allowed, h.alg) {
		return nil, refuse(reasonAlgorithm, "The token's algorithm is not accepted here. Use "+strings.Join(v.allowed, " or ")+".")
	}
	c, err := parseClaims(parts[1])
	if err != nil {
		return nil, err
	}
	signature, err := decode("signature", parts[2])
	if err != nil {
		return nil, err
	}
	candidates, keys, err := v.candidates(ctx, h)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, err
	case !isSigned(parts[0]+"."+parts[1], signature, h.alg, candidates):
		v.keys.refetch(keys) // the key may have been replaced under its name; this token does not wait for it
		return nil, refuse(reasonSignature, "The token's signature is not that of its issuer.")
	}
	if err := v.validator.Validate(c); err != nil {
		return nil, v.refusal(err, c)
	}
	caller := newCaller(c, len(parts[1]), &v.options)
	v.memo.put(hash, caller, keys, c, v.options.Leeway, v.options.Now())
	return caller, nil
}

// isSigned reports whether one of the keys verifies the signature. golang-jwt compares HMACs in constant time.
func isSigned(content string, signature []byte, alg string, candidates []any) bool {
	method := jwt.GetSigningMethod(alg)
	return slices.ContainsFunc(candidates, func(key any) bool { return method.Verify(content, signature, key) == nil })
}

// candidates returns the keys that the token may be signed with, and the set that they are of. If the token names an unknown key,
// it waits for a newer set.
func (v *Verifier) candidates(ctx context.Context, h header) ([]any, *keySet, error) {
	set := v.keys.current()
	if set == nil {
		return nil, nil, unavailable(v.keys.progress().due.Sub(v.options.Now()))
	}
	candidates, known := set.find(h)
	if !known {
		set = v.keys.await(ctx, func(newer *keySet) bool {
			_, known := newer.find(h)
			return known
		})
		candidates, known = set.find(h)
	}
	switch {
	case !known:
		return nil, nil, refuse(reasonUnknownKey, "The token is signed with a key that is not known to be its issuer's.")
	case len(candidates) == 0:
		return nil, nil, refuse(reasonAlgorithm, "The token's algorithm does not fit the key that it names.")
	case len(candidates) > maxCandidates:
		return nil, nil, refuse(reasonUnknownKey, "The token can mean too many of its issuer's keys: its kid must be that of one key.")
	}
	return candidates, set, nil
}

// Ready reports whether the Verifier has keys. It stays true if the issuer becomes unreachable.
func (v *Verifier) Ready() bool { return v.keys.current() != nil }

// AwaitReady waits until the Verifier has keys, or the context ends.
func (v *Verifier) AwaitReady(ctx context.Context) error { return v.keys.awaitFirst(ctx) }

// Close stops the background work and waits for it. No Verify may follow.
func (v *Verifier) Close() {
	v.keys.close()
	v.memo.close()
}
