package auth_test

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// What is published must never serve as a shared secret.
func TestPublishedKeysAreNoSecrets(t *testing.T) {
	der, err := x509.MarshalPKIXPublicKey(rsaKey().Public())
	if err != nil {
		t.Fatal(err)
	}
	i := openIssuer(t, jwk(t, "k", rsaKey()))
	content := pemOf(t, rsaKey())
	guesses := map[string][]byte{
		"the PEM file": content, "the PEM file, trimmed": []byte(strings.TrimSpace(string(content))), "the DER": der,
		"the PKCS #1 DER": x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey), "the modulus": rsaKey().N.Bytes(),
		"the key set": []byte(*i.set.Load()), "the key": []byte(asJSON(t, jwk(t, "k", rsaKey()))), "nothing": {}, "its id": []byte("k"),
	}
	for source, v := range map[string]*auth.Verifier{"PEM": verifier(t, pemFile(t, rsaKey())), "JWKS": trust(t, i)} {
		for what, guess := range guesses {
			t.Run(source+" "+what, func(t *testing.T) {
				wantRefusal(t, v, sign(t, "HS256", guess, m{"kid": "k"}, valid(time.Now())), "not accepted here")
			})
		}
	}
}

func TestNoneNeverPasses(t *testing.T) {
	for source, v := range map[string]*auth.Verifier{
		"secret": verifier(t, shared), "PEM": verifier(t, pemFile(t, rsaKey())), "JWKS": trust(t, openIssuer(t, jwk(t, "", edKey()))),
	} {
		signed := sign(t, "RS256", rsaKey(), nil, valid(today))
		for _, alg := range []string{
			"none", "None", "NONE", "nOnE", "none ", " none", "", "null", "HS256,none", "nonе", // the last letter is Cyrillic
		} {
			for _, signature := range []string{"", signed[strings.LastIndexByte(signed, '.')+1:], "AA"} {
				token := encode([]byte(asJSON(t, m{"alg": alg}))) + "." + encode([]byte(asJSON(t, valid(today)))) + "." + signature
				t.Run(source+" "+alg, func(t *testing.T) { wantRefusal(t, v, token, "not accepted here") })
			}
		}
		for _, header := range []string{`{}`, `{"alg":null}`, `{"alg":["none"]}`, `{"alg":0}`, `{"ALG":"HS256"}`, `{"alg":{}}`} {
			token := encode([]byte(header)) + "." + encode([]byte(asJSON(t, valid(today)))) + "."
			t.Run(source+" "+header, func(t *testing.T) { wantRefusal(t, v, token, "") })
		}
	}
}

// The list of algorithms cannot be got round with the others that the library knows.
func TestAlgorithmsBeyondTheList(t *testing.T) {
	for _, tt := range []struct {
		alg    string
		signer any
		source func(*auth.Options)
	}{
		{"HS384", secret, shared},
		{"HS512", secret, shared},
		{"RS384", rsaKey(), pemFile(t, rsaKey())},
		{"RS512", rsaKey(), pemFile(t, rsaKey())},
		{"PS384", rsaKey(), pemFile(t, rsaKey())},
		{"PS512", rsaKey(), pemFile(t, rsaKey())},
	} {
		wantRefusal(t, verifier(t, tt.source), sign(t, tt.alg, tt.signer, nil, valid(today)), "not accepted here")
	}
	one := verifier(t, pemFile(t, rsaKey()), func(o *auth.Options) { o.Algorithms = []string{"PS256"} })
	wantCaller(t, one, sign(t, "PS256", rsaKey(), nil, valid(today)))
	wantRefusal(t, one, sign(t, "RS256", rsaKey(), nil, valid(today)), "Use PS256.")
}

// A key is for its own type and curve, and for the algorithm that it names.
func TestAlgorithmMustFitTheKey(t *testing.T) {
	for _, tt := range []struct {
		what      string
		published m
		alg       string
		signer    any
	}{
		{"ES256 with a P-384 key", jwk(t, "k", p384Key()), "ES256", p256Key()},
		{"ES384 with a P-256 key", jwk(t, "k", p256Key()), "ES384", p384Key()},
		{"RS256 with an EC key", jwk(t, "k", p256Key()), "RS256", rsaKey()},
		{"ES256 with an RSA key", jwk(t, "k", rsaKey()), "ES256", p256Key()},
		{"EdDSA with an RSA key", jwk(t, "k", rsaKey()), "EdDSA", edKey()},
		{"RS256 with an Ed25519 key", jwk(t, "k", edKey()), "RS256", rsaKey()},
		{"RS256 with a key for PS256", jwk(t, "k", rsaKey(), m{"alg": "PS256"}), "RS256", rsaKey()},
		{"PS256 with a key for RS256", jwk(t, "k", rsaKey(), m{"alg": "RS256"}), "PS256", rsaKey()},
	} {
		t.Run(tt.what, func(t *testing.T) {
			v := trust(t, openIssuer(t, tt.published))
			wantRefusal(t, v, sign(t, tt.alg, tt.signer, m{"kid": "k"}, valid(time.Now())), "does not fit the key")
		})
	}
}

// golang-jwt itself would compare the length of the signature alone.
func TestES256OnAnotherCurve(t *testing.T) {
	input := encode([]byte(`{"alg":"ES256","kid":"k"}`)) + "." + encode([]byte(asJSON(t, valid(time.Now()))))
	digest := sha256.Sum256([]byte(input))
	signature, err := p384Key().Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	v := trust(t, openIssuer(t, jwk(t, "k", p384Key())))
	wantRefusal(t, v, input+"."+encode(signature[:64]), "does not fit the key")
}

// Signatures of zeros alone have been accepted by other libraries.
func TestBlankSignatures(t *testing.T) {
	for alg, key := range map[string]any{
		"ES256": p256Key(), "ES384": p384Key(), "EdDSA": edKey(), "RS256": rsaKey(), "PS256": rsaKey(),
	} {
		v := verifier(t, pemFile(t, key))
		input := encode([]byte(`{"alg":"`+alg+`"}`)) + "." + encode([]byte(asJSON(t, valid(today))))
		for _, length := range []int{0, 1, 63, 64, 65, 96, 256} {
			wantRefusal(t, v, input+"."+encode(make([]byte, length)), "signature")
		}
	}
}

// A token can neither name the address of its key nor bring it along.
func TestKeysInTheHeaderAreIgnored(t *testing.T) {
	var requests atomic.Int64
	attacker := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		_, _ = w.Write([]byte(asJSON(t, m{"keys": []m{jwk(t, "k", otherRSAKey())}})))
	}))
	defer attacker.Close()
	chain := []string{"MIIB"}
	for source, v := range map[string]*auth.Verifier{
		"PEM": verifier(t, pemFile(t, rsaKey())), "JWKS": trust(t, openIssuer(t, jwk(t, "k", rsaKey()))),
	} {
		now := map[string]time.Time{"PEM": today, "JWKS": time.Now()}[source]
		for name, value := range map[string]any{
			"jwk": jwk(t, "k", otherRSAKey()), "jku": attacker.URL, "x5u": attacker.URL, "x5c": chain,
			"x5t": "AA", "x5t#S256": "AA", "typ": "at+jwt",
		} {
			t.Run(source+" "+name, func(t *testing.T) {
				header := m{"kid": "k", name: value}
				wantRefusal(t, v, sign(t, "RS256", otherRSAKey(), header, valid(now)), "signature")
				wantCaller(t, v, sign(t, "RS256", rsaKey(), header, valid(now)))
			})
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("the address in the header got %d requests", n)
	}
}

// A key's id is compared and nothing else.
func TestKeyIDsAreOnlyCompared(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *issuer, v *auth.Verifier) {
		synctest.Wait()
		wantCaller(t, v, oldKey(t))
		for _, id := range []string{
			"OLD", "old ", "old\x00", "../old", "/dev/null", "old' OR '1'='1", "%6f%6c%64", "${old}", "ключ",
			strings.Repeat("k", 2000),
		} {
			wantRefusal(t, v, sign(t, "ES256", p256Key(), m{"kid": id}, valid(time.Now())), "not known")
		}
		for _, id := range []any{1, true, []string{"old"}, m{"old": "old"}} {
			wantRefusal(t, v, sign(t, "ES256", p256Key(), m{"kid": id}, valid(time.Now())), "kid in its header")
		}
	})
}

func TestCriticalExtensions(t *testing.T) {
	v := verifier(t, shared)
	for _, crit := range []any{[]string{"b64"}, []string{"exp"}, []string{}, nil, "b64"} {
		wantRefusal(t, v, sign(t, "HS256", secret, m{"crit": crit, "b64": false}, valid(today)), "crit")
	}
}

func TestAnotherIssuersTokens(t *testing.T) {
	other := sign(t, "HS256", []byte("another-secret-of-thirty-two-bytes"), nil, valid(today))
	wantRefusal(t, verifier(t, shared), other, "signature")
	wantRefusal(t, verifier(t, pemFile(t, rsaKey())), sign(t, "RS256", otherRSAKey(), nil, valid(today)), "signature")
}

// The parts of two good tokens do not make a third.
func TestPartsCannotBeSwapped(t *testing.T) {
	v := verifier(t, shared)
	a := strings.Split(hs256(t, valid(today)), ".")
	b := strings.Split(hs256(t, valid(today).with(m{"scope": "cache:purge"})), ".")
	wantCaller(t, v, strings.Join(a, "."))
	wantCaller(t, v, strings.Join(b, "."))
	wantRefusal(t, v, a[0]+"."+b[1]+"."+a[2], "signature")
	claims := jwt.MapClaims(valid(today))
	unsigned, err := jwt.NewWithClaims(jwt.SigningMethodNone, claims).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	wantRefusal(t, v, unsigned+a[2], "not accepted here")
}
