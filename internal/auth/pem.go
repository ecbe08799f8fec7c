package auth

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

var errNoKey = errors.New("holds no usable key: it must be one PEM block with an RSA (2048 bits or more), P-256, P-384 or " +
	"Ed25519 public key, or a certificate of one")

// readPEM takes exactly one public key or certificate. The dates of a certificate are not looked at: the operator vouches for
// the key by naming its file.
func readPEM(content []byte) (any, error) {
	block, rest := pem.Decode(content)
	switch {
	case block == nil:
		return nil, errNoKey
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("holds a private key; it must hold the public one, and nobody but the issuer should have the other")
	case len(bytes.TrimSpace(rest)) > 0:
		return nil, errors.New("holds more than one PEM block; keep the issuer's key alone")
	}
	public, err := parse(block)
	if err != nil {
		return nil, errNoKey
	}
	if k := (key{material: public}); k.usable() != nil {
		return nil, errNoKey
	}
	return public, nil
}

func parse(block *pem.Block) (any, error) {
	switch block.Type {
	case "PUBLIC KEY":
		return x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		return x509.ParsePKCS1PublicKey(block.Bytes)
	case "CERTIFICATE":
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, err
		}
		return certificate.PublicKey, nil
	default:
		return nil, errNoKey
	}
}
