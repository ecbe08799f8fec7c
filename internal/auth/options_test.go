package auth_test

import (
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// wantFaults checks that New fails, with one line for each variable, in words that help.
func wantFaults(t *testing.T, o auth.Options, lines ...string) {
	t.Helper()
	v, err := auth.New(o)
	if err == nil {
		v.Close()
		t.Fatalf("no fault, want %q", lines)
	}
	got := strings.Split(err.Error(), "\n")
	if len(got) != len(lines) {
		t.Fatalf("got %q, want %d lines", got, len(lines))
	}
	for i, line := range lines {
		name, words, _ := strings.Cut(line, ": ")
		if !strings.HasPrefix(got[i], name+": ") || !strings.Contains(got[i], words) {
			t.Errorf("got %q, want %q", got[i], line)
		}
	}
	if strings.Contains(err.Error(), string(secret[:8])) {
		t.Errorf("the fault holds the secret: %v", err)
	}
}

func TestKeySources(t *testing.T) {
	address := func(o *auth.Options) { o.JWKSURL = "https://login.example.com/jwks" }
	file := pemFile(t, rsaKey())
	wantFaults(t, options(), "AUTH_HS256_SECRET: one of AUTH_JWKS_URL, AUTH_PUBLIC_KEY_FILE")
	wantFaults(t, options(shared, address), "AUTH_HS256_SECRET: keep one of AUTH_HS256_SECRET, AUTH_JWKS_URL")
	wantFaults(t, options(shared, file), "AUTH_HS256_SECRET: keep one of AUTH_HS256_SECRET, AUTH_PUBLIC_KEY_FILE")
	wantFaults(t, options(address, file), "AUTH_JWKS_URL: keep one of AUTH_JWKS_URL, AUTH_PUBLIC_KEY_FILE")
	wantFaults(t, options(func(o *auth.Options) { o.Secret = secret[:31] }), "AUTH_HS256_SECRET: 32 bytes")
	verifier(t, func(o *auth.Options) { o.Secret = secret[:32] })
	for _, bad := range []string{"login.example.com/jwks", "ftp://a", "https://", "file:///etc/keys", "https://a b", ":"} {
		wantFaults(t, options(func(o *auth.Options) { o.JWKSURL = bad }), "AUTH_JWKS_URL: http or https")
	}
}

func TestAllFaultsAtOnce(t *testing.T) {
	wantFaults(t, options(func(o *auth.Options) {
		o.Secret, o.Algorithms, o.Leeway = secret[:5], []string{"HS256", "RS255"}, -time.Second
	}), "AUTH_HS256_SECRET: 32 bytes", `AUTH_ALGORITHMS: "RS255" is not one of HS256, RS256`, "AUTH_LEEWAY: negative")
}

func TestAllowList(t *testing.T) {
	list := func(names ...string) func(*auth.Options) { return func(o *auth.Options) { o.Algorithms = names } }
	for _, tt := range []struct {
		source func(*auth.Options)
		listed []string
		words  string // empty: no fault
	}{
		{shared, []string{"HS256"}, ""},
		{shared, []string{"RS256", "HS256"}, ""}, // the rest of the list is for other deployments
		{shared, []string{"RS256"}, "no algorithm that fits"},
		{shared, []string{"none"}, "not one of HS256"},
		{shared, []string{"hs256"}, "not one of HS256"},
		{shared, []string{"HS384"}, "not one of HS256"},
		{pemFile(t, rsaKey()), []string{"PS256"}, ""},
		{pemFile(t, rsaKey()), []string{"HS256"}, "no algorithm that fits"},
		{pemFile(t, rsaKey()), []string{"ES256", "EdDSA"}, "no algorithm that fits"},
		{pemFile(t, p384Key()), []string{"ES256"}, "no algorithm that fits"},
		{func(o *auth.Options) { o.JWKSURL = "http://127.0.0.1:1" }, []string{"HS256"}, "no algorithm that fits"},
	} {
		o := options(tt.source, list(tt.listed...))
		if tt.words != "" {
			wantFaults(t, o, "AUTH_ALGORITHMS: "+tt.words)
			continue
		}
		verifier(t, tt.source, list(tt.listed...))
	}
}

func TestAlgorithmsAreThoseOfTheContract(t *testing.T) {
	if diff := cmp.Diff([]string{"HS256", "RS256", "PS256", "ES256", "ES384", "EdDSA"}, auth.Algorithms()); diff != "" {
		t.Error(diff)
	}
}

func TestPEMFiles(t *testing.T) {
	certificate := selfSigned(t)
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)})
	private, err := x509.MarshalPKCS8PrivateKey(rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	good, secret := pemOf(t, rsaKey()), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})
	for what, content := range map[string][]byte{
		"PKIX": good, "PKCS #1": pkcs1, "a certificate": certificate, "text in front": append([]byte("the issuer's key\n"), good...),
		"line breaks behind": append(slices.Clone(good), "\n\n"...),
	} {
		t.Run(what, func(t *testing.T) {
			v := verifier(t, func(o *auth.Options) { o.PublicKeyPEM = content })
			wantCaller(t, v, sign(t, "RS256", rsaKey(), m{"kid": "whatever"}, valid(today)))
			if !v.Ready() {
				t.Error("not ready")
			}
		})
	}
	for what, tt := range map[string]struct {
		content []byte
		words   string
	}{
		"nothing but a line break":  {[]byte("\n"), "no usable key"},
		"no PEM":                    {[]byte("ssh-rsa AAAA"), "no usable key"},
		"a broken block":            {pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: []byte("x")}), "no usable key"},
		"a broken certificate":      {pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("x")}), "no usable key"},
		"another kind of block":     {pem.EncodeToMemory(&pem.Block{Type: "DH PARAMETERS", Bytes: []byte("x")}), "no usable key"},
		"a weak RSA key":            {pemOf(t, weakRSAKey()), "no usable key"},
		"a P-521 key":               {pemOf(t, p521Key()), "no usable key"},
		"a private key":             {secret, "private key"},
		"an RSA private key":        {pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: private}), "private key"},
		"two keys":                  {slices.Concat(good, pemOf(t, p256Key())), "more than one"},
		"a chain":                   {slices.Concat(certificate, certificate), "more than one"},
		"a key and its private one": {slices.Concat(good, secret), "more than one"},
	} {
		t.Run(what, func(t *testing.T) {
			wantFaults(t, options(func(o *auth.Options) { o.PublicKeyPEM = tt.content }), "AUTH_PUBLIC_KEY_FILE: "+tt.words)
		})
	}
}

// selfSigned is a certificate of the RSA key that expired long ago.
func selfSigned(t *testing.T) []byte {
	t.Helper()
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: today.AddDate(-1, 0, 0)}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, rsaKey().Public(), rsaKey())
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}
