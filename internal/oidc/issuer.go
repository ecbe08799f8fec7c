package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/published"
)

const wellKnown = "/.well-known/openid-configuration"

// Endpoints are those of an issuer that a login needs.
type Endpoints struct {
	Authorization string // the page at which people log in
	Token         string // exchanges the code of a login for a token
	TokenOrigin   string // of Token, in a form that is safe in a Content-Security-Policy

	ChallengeMethods []string // of PKCE (RFC 8414, 2); empty: the issuer lists none
}

// issuer publishes its endpoints.
type issuer struct {
	url    string
	client *published.Client
}

func newIssuer(url string) issuer {
	return issuer{strings.TrimSuffix(url, "/"), published.NewClient(published.NewTransport())}
}

// Find reads the metadata of an issuer once and returns its endpoints.
func Find(ctx context.Context, url string) (*Endpoints, error) { return newIssuer(url).discover(ctx) }

// discover reads the issuer's metadata (OpenID Connect Discovery 1.0, 4).
func (i issuer) discover(ctx context.Context) (*Endpoints, error) {
	body, err := i.client.Get(ctx, i.url+wellKnown, "application/json")
	if err != nil {
		return nil, fmt.Errorf("%s of the issuer: %w", wellKnown, err)
	}
	return i.parse(body)
}

// parse returns the endpoints of metadata. Their issuer must be the one that was asked for (4.3).
func (i issuer) parse(metadata []byte) (*Endpoints, error) {
	var m struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`

		ChallengeMethods []string `json:"code_challenge_methods_supported"`
	}
	if err := json.Unmarshal(metadata, &m); err != nil {
		return nil, errors.New("the metadata are no JSON object with an issuer and endpoints")
	}
	if strings.TrimSuffix(m.Issuer, "/") != i.url {
		return nil, fmt.Errorf("the metadata are those of issuer %.200q; set DOCS_OIDC_ISSUER to that if it is right", m.Issuer)
	}
	if _, err := i.origin("authorization_endpoint", m.Authorization); err != nil {
		return nil, err
	}
	origin, err := i.origin("token_endpoint", m.Token)
	if err != nil {
		return nil, err
	}
	return &Endpoints{m.Authorization, m.Token, origin, m.ChallengeMethods}, nil
}

// plainHost has no character that would end a source in a Content-Security-Policy, which knows no IPv6 addresses either.
var plainHost = regexp.MustCompile(`^[a-z0-9.-]+(:[0-9]+)?$`)

// origin returns the origin of an endpoint. An issuer at an https URL has no endpoints of plain http.
func (i issuer) origin(name, endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && (u.Scheme != "http" || strings.HasPrefix(strings.ToLower(i.url), "https:")) || u.User != nil {
		return "", fmt.Errorf("the %s must be an https URL, and is %.200q", name, endpoint)
	}
	host := strings.ToLower(u.Host)
	if !plainHost.MatchString(host) {
		return "", fmt.Errorf("the host of the %s must be a name or an IPv4 address, and is %.200q", name, u.Host)
	}
	return u.Scheme + "://" + host, nil
}
