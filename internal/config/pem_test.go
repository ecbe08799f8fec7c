package config_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"log"
	"math/big"
	"os"
	"path/filepath"
	"testing"
)

// certFile and keyFile are a pair of PEM files, made anew for every run: no key lies in the repository.
var certFile, keyFile string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "config-test")
	if err != nil {
		log.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "tls.crt"), filepath.Join(dir, "tls.key")
	if err := writePair(); err != nil {
		log.Fatal(err)
	}
	status := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(status)
}

func writePair() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	template := x509.Certificate{SerialNumber: big.NewInt(1)}
	cert, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return err
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "EC PRIVATE KEY", Bytes: secret},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			return err
		}
	}
	return nil
}

func TestPEMFilesAreLookedInto(t *testing.T) {
	wantFault(t, with("TLS_CERT_FILE=faults_test.go", "TLS_KEY_FILE="+keyFile), "TLS_CERT_FILE")
	wantFault(t, with("TLS_CERT_FILE="+keyFile, "TLS_KEY_FILE="+certFile), "TLS_CERT_FILE")
	wantFault(t, with("ROCKET_CA_FILE="+keyFile), "ROCKET_CA_FILE", "holds no PEM certificate")
}
