package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"go.uber.org/goleak"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// today is the moment at which the verifiers with a standing clock live.
var today = time.Date(2025, 6, 15, 12, 0, 0, 0, time.UTC)

var secret = []byte("a-secret-of-thirty-two-bytes-....")

// The keys of an issuer, made anew for every run. Making RSA keys takes a while, so there are only two.
var (
	rsaKey      = sync.OnceValue(func() *rsa.PrivateKey { return makeRSA(2048) })
	otherRSAKey = sync.OnceValue(func() *rsa.PrivateKey { return makeRSA(2048) })
	weakRSAKey  = sync.OnceValue(func() *rsa.PrivateKey { return makeRSA(1024) })
	p256Key     = sync.OnceValue(func() *ecdsa.PrivateKey { return makeEC(elliptic.P256()) })
	p384Key     = sync.OnceValue(func() *ecdsa.PrivateKey { return makeEC(elliptic.P384()) })
	p521Key     = sync.OnceValue(func() *ecdsa.PrivateKey { return makeEC(elliptic.P521()) })
	edKey       = sync.OnceValue(makeEd25519)
)

func makeRSA(bits int) *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func makeEC(curve elliptic.Curve) *ecdsa.PrivateKey {
	k, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func makeEd25519() ed25519.PrivateKey {
	_, k, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

func public(key any) crypto.PublicKey {
	if k, ok := key.(crypto.Signer); ok {
		return k.Public()
	}
	return key
}

func pemOf(t testing.TB, key any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public(key))
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

type m map[string]any

func (a m) with(b m) m {
	c := maps.Clone(a)
	maps.Copy(c, b)
	return c
}

// valid are claims that pass, in an hour's life around now.
func valid(now time.Time) m {
	return m{
		"iss": "https://login.example.com", "sub": "ana", "scope": "usage:read",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

func asJSON(t testing.TB, value any) string {
	t.Helper()
	b, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var encode = base64.RawURLEncoding.EncodeToString

// signRaw signs header and payload as they are given, whatever they are.
func signRaw(t testing.TB, alg string, key any, header, payload string) string {
	t.Helper()
	input := encode([]byte(header)) + "." + encode([]byte(payload))
	signature, err := jwt.GetSigningMethod(alg).Sign(input, key)
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + encode(signature)
}

func sign(t testing.TB, alg string, key any, header, payload m) string {
	t.Helper()
	return signRaw(t, alg, key, asJSON(t, m{"alg": alg, "typ": "JWT"}.with(header)), asJSON(t, payload))
}

// hs256 signs with the shared secret.
func hs256(t testing.TB, payload m) string {
	t.Helper()
	return sign(t, "HS256", secret, nil, payload)
}

func options(change ...func(*auth.Options)) auth.Options {
	o := auth.Options{
		ProfilesClaim: "profiles", Leeway: 30 * time.Second,
		Now: func() time.Time { return today }, Log: slog.New(slog.DiscardHandler),
	}
	for _, f := range change {
		f(&o)
	}
	return o
}

func shared(o *auth.Options) { o.Secret = secret }

func pemFile(t testing.TB, key any) func(*auth.Options) {
	t.Helper()
	return func(o *auth.Options) { o.PublicKeyPEM = pemOf(t, key) }
}

func verifier(t testing.TB, change ...func(*auth.Options)) *auth.Verifier {
	t.Helper()
	v, err := auth.New(options(change...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func verify(t testing.TB, v *auth.Verifier, token string) (*auth.Caller, error) {
	t.Helper()
	return v.Verify(t.Context(), []string{"Bearer " + token})
}

func wantCaller(t testing.TB, v *auth.Verifier, token string) *auth.Caller {
	t.Helper()
	c, err := verify(t, v, token)
	if err != nil {
		t.Fatalf("refused: %v", err)
	}
	return c
}

// wantRefusal checks that the token is refused as RFC 6750 demands, with words in the detail, which must not quote the token.
func wantRefusal(t testing.TB, v *auth.Verifier, token, words string) {
	t.Helper()
	c, err := verify(t, v, token)
	var f *fault.Error
	switch {
	case err == nil:
		t.Errorf("accepted as %+v, want a refusal with %q", c, words)
	case !errors.As(err, &f):
		t.Errorf("the error is %T: %v", err, err)
	case f.Kind != fault.Unauthorized || f.Challenge != fault.ChallengeInvalidToken:
		t.Errorf("got %s with challenge %q: %v", f.Kind, f.Challenge, f)
	case !strings.Contains(f.Detail, words):
		t.Errorf("the detail is %q, want %q in it", f.Detail, words)
	case quotes(f, token):
		t.Errorf("the error quotes the token: %v", f)
	}
}

func quotes(f *fault.Error, token string) bool {
	for _, part := range strings.Split(token, ".") {
		if len(part) > 8 && strings.Contains(f.Error(), part[:8]) {
			return true
		}
	}
	return false
}
