package oidc

// Parse returns the endpoints of an issuer's metadata.
func Parse(url string, metadata []byte) (*Endpoints, error) { return newIssuer(url).parse(metadata) }
