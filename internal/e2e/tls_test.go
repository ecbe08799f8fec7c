package e2e_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestHTTPS(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	cert, key, pool := certificate(t)
	g := serve(t, rocket, "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key)
	client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	resp, err := client.Get(g.api + usagesPath)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || resp.ProtoMajor != 2 {
		t.Errorf("%d over %s", resp.StatusCode, resp.Proto)
	}
}

// A certificate that is renewed on disk is served without a restart; a pair that is none changes nothing.
func TestTheCertificateIsReadAgain(t *testing.T) {
	t.Parallel()
	_, rocket := stand(t)
	cert, key, _ := certificate(t)
	g := serve(t, rocket, "TLS_CERT_FILE="+cert, "TLS_KEY_FILE="+key)
	newCert, newKey, pool := certificate(t)
	served := func() error {
		client := http.Client{Timeout: patience, Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, DisableKeepAlives: true}}
		resp, err := client.Get(g.api + "/openapi.yaml")
		if err == nil {
			_ = resp.Body.Close()
		}
		return err
	}
	replace(t, newCert, cert)
	g.awaitLine("changed settings not applied", "TLS_CERT_FILE: is no pair")
	if served() == nil {
		t.Error("the new certificate is served without its key")
	}
	replace(t, newKey, key)
	g.awaitLine(readAgain, `["TLS_CERT_FILE"]`)
	if err := served(); err != nil {
		t.Error(err)
	}
}

func replace(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// certificate makes a pair of PEM files for 127.0.0.1, and the pool that trusts it.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certFile = write(t, "tls.crt", &pem.Block{Type: "CERTIFICATE", Bytes: der})
	keyFile = write(t, "tls.key", &pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})
	pool = x509.NewCertPool()
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool.AddCert(parsed)
	return certFile, keyFile, pool
}

func write(t *testing.T, name string, block *pem.Block) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
