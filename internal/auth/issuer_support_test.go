package auth_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"math/big"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

// issuer publishes keys over HTTP.
type issuer struct {
	url      string
	handler  atomic.Pointer[http.HandlerFunc] // instead of the set, if there is one
	set      atomic.Pointer[string]
	requests atomic.Int64
}

// openIssuer starts one that publishes the keys.
func openIssuer(t testing.TB, keys ...m) *issuer {
	t.Helper()
	i := newIssuer(t, keys...)
	server := httptest.NewServer(i)
	t.Cleanup(server.Close)
	i.url = server.URL + "/jwks"
	return i
}

func newIssuer(t testing.TB, keys ...m) *issuer {
	t.Helper()
	i := &issuer{url: "http://login.example.com/jwks"}
	i.publish(t, keys...)
	return i
}

func (i *issuer) publish(t testing.TB, keys ...m) {
	t.Helper()
	i.respond(asJSON(t, m{"keys": append([]m{}, keys...)}))
}

func (i *issuer) respond(body string) { i.set.Store(&body) }

// handle responds with handler from now on; nil: with the set.
func (i *issuer) handle(handler http.HandlerFunc) {
	if handler == nil {
		i.handler.Store(nil)
		return
	}
	i.handler.Store(&handler)
}

func (i *issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.requests.Add(1)
	if handler := i.handler.Load(); handler != nil {
		(*handler)(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(*i.set.Load()))
}

// RoundTrip responds without a network, for tests with virtual time.
func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	w := httptest.NewRecorder()
	i.ServeHTTP(w, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return w.Result(), nil
}

func unavailable(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusServiceUnavailable)
}

// trust makes a verifier that trusts the issuer and has read its keys. Its clock runs.
func trust(t testing.TB, i *issuer) *auth.Verifier {
	t.Helper()
	v := verifier(t, func(o *auth.Options) { o.JWKSURL, o.Now = i.url, time.Now })
	ctx, cancel := context.WithTimeout(t.Context(), testkit.Patience)
	defer cancel()
	if err := v.AwaitReady(ctx); err != nil {
		t.Fatal("the issuer's keys were not read")
	}
	return v
}

// jwk is the public half of a key, as RFC 7517, 7518 and 8037 write it.
func jwk(t testing.TB, id string, private any, more ...m) m {
	t.Helper()
	var k m
	switch p := public(private).(type) {
	case *rsa.PublicKey:
		k = m{"kty": "RSA", "n": encode(p.N.Bytes()), "e": encode(big.NewInt(int64(p.E)).Bytes())}
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		half := len(point) / 2 // behind the first byte, the mark of an uncompressed point
		k = m{"kty": "EC", "crv": p.Params().Name, "x": encode(point[1 : 1+half]), "y": encode(point[1+half:])}
	case ed25519.PublicKey:
		k = m{"kty": "OKP", "crv": "Ed25519", "x": encode(p)}
	default:
		t.Fatalf("no JWK for a %T", p)
	}
	if id != "" {
		k["kid"] = id
	}
	for _, b := range more {
		k = k.with(b)
	}
	return k
}
