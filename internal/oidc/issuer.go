package oidc

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
)

const (
	maxBody      = 1 << 20
	maxHeaders   = 64 << 10
	maxRedirects = 3
	wellKnown    = "/.well-known/openid-configuration"
)

// Endpoints are those of an issuer that a login needs.
type Endpoints struct {
	Authorization string // the page at which people log in
	Token         string // exchanges the code of a login for a token
	TokenOrigin   string // of Token, in a form that is safe in a Content-Security-Policy
}

// issuer publishes its endpoints.
type issuer struct {
	url    string
	client *http.Client
}

func newIssuer(url string) issuer {
	return issuer{strings.TrimSuffix(url, "/"), &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
			Proxy:                  http.ProxyFromEnvironment,
			DialContext:            (&net.Dialer{Timeout: fetchTimeout}).DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    fetchTimeout,
			DisableKeepAlives:      true, // there is one response to read
			MaxResponseHeaderBytes: maxHeaders,
			TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		},
	}}
}

// checkRedirect refuses to leave https for http, where endpoints can be forged.
func checkRedirect(next *http.Request, before []*http.Request) error {
	switch {
	case len(before) > maxRedirects:
		return errors.New("too many redirects")
	case next.URL.Scheme != "https":
		return errors.New("a redirect to plain http is not followed")
	default:
		return nil
	}
}

// discover reads the issuer's metadata (OpenID Connect Discovery 1.0, 4).
func (i issuer) discover(ctx context.Context) (*Endpoints, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.url+wellKnown, nil)
	if err != nil {
		return nil, errors.New("the URL is not valid")
	}
	req.Header.Set("Accept", "application/json")
	resp, err := i.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the status of %s is %s", i.url+wellKnown, resp.Status)
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxBody {
		return nil, errors.New("the metadata are larger than 1 MiB")
	}
	return i.parse(body)
}

// parse returns the endpoints of metadata. Their issuer must be the one that was asked for (4.3).
func (i issuer) parse(metadata []byte) (*Endpoints, error) {
	var m struct {
		Issuer        string `json:"issuer"`
		Authorization string `json:"authorization_endpoint"`
		Token         string `json:"token_endpoint"`
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
	return &Endpoints{Authorization: m.Authorization, Token: m.Token, TokenOrigin: origin}, nil
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
