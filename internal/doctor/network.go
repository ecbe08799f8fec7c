package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"
)

const (
	lookupTimeout  = 5 * time.Second
	connectTimeout = 10 * time.Second
	issuerTimeout  = 10 * time.Second
	maxKeySet      = 1 << 20
	expirySoon     = 21 * 24 * time.Hour
	networkAdvice  = "look at %s, and at firewalls and proxies on the way"
)

// server is a host that the gateway connects to.
type server struct {
	*doctor
	variable string // setting that names it
	url      *url.URL
	suffix   string // of its checks' names
}

// servers returns Rocket's host, then that of the login if it is another.
func (d *doctor) servers() []server {
	a := d.Rocket.Account
	all := []server{{d, "ROCKET_URL", a.Base, ""}}
	if a.OAuth != nil && (a.OAuth.Host != a.Base.Host || a.OAuth.Scheme != a.Base.Scheme) {
		all = append(all, server{d, "ROCKET_OAUTH_URL", a.OAuth, " of ROCKET_OAUTH_URL"})
	}
	return all
}

func (s server) checks() []check {
	return []check{
		{name: "DNS" + s.suffix, timeout: lookupTimeout, run: s.resolve},
		{name: "TLS" + s.suffix, needs: []string{"DNS" + s.suffix}, timeout: connectTimeout, run: s.connect},
	}
}

// resolve looks up the host that the gateway connects to: the server, or the proxy in front of it, which resolves the server's name.
func (s server) resolve(ctx context.Context) Finding {
	host, variable, role := s.url.Hostname(), s.variable, ""
	proxy, err := s.Rocket.Transport.Proxy(s.url)
	switch {
	case err != nil, proxy != nil && proxy.Hostname() == "":
		return fail("correct HTTPS_PROXY or HTTP_PROXY", "the proxy that the environment names is no URL")
	case proxy != nil:
		host, variable, role = proxy.Hostname(), "HTTPS_PROXY or HTTP_PROXY", ", the proxy that the environment names,"
	}
	if net.ParseIP(host) != nil {
		return skip("%s%s is an address", host, role)
	}
	addresses, err := s.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return fail("correct the host in "+variable+", or the name servers of this machine (in a container: its DNS settings)",
			"%s%s is not found", host, role)
	}
	return pass("%s%s has %s", host, role, count(len(addresses), "address", "addresses"))
}

// connect performs a TLS handshake with the server, through a proxy if the environment names one.
func (s server) connect(ctx context.Context) Finding {
	if s.url.Scheme == "http" {
		ip := net.ParseIP(s.url.Hostname())
		if s.url.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			return skip("plain http, which stays on this machine")
		}
		return warn("have "+s.variable+" begin with https", "plain http: the password and all responses cross the network unencrypted")
	}
	state, err := s.Rocket.Transport.Probe(ctx, s.url)
	switch {
	case err != nil:
		return fail(s.connectAdvice(err), "%s", explain(err))
	case state == nil || len(state.PeerCertificates) == 0:
		return fail("report this", "the server has sent no certificate")
	}
	through := ""
	if proxy, err := s.Rocket.Transport.Proxy(s.url); err == nil && proxy != nil {
		through = ", through the proxy " + proxy.Host
	}
	expires := state.PeerCertificates[0].NotAfter
	left := expires.Sub(s.Now())
	detail := fmt.Sprintf("%s; the certificate is valid until %s%s", tls.VersionName(state.Version), expires.Format(time.DateOnly), through)
	if left < expirySoon {
		return warn("have it renewed: after that the gateway gets no responses", "%s, %s from now",
			detail, count(int(left.Hours()/24), "day", "days"))
	}
	return pass("%s", detail)
}

// connectAdvice returns what to do about a connection that failed or cannot be trusted.
func (s server) connectAdvice(err error) string {
	var (
		unknown x509.UnknownAuthorityError
		name    x509.HostnameError
		invalid x509.CertificateInvalidError
		record  tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &unknown) && s.Rocket.Transport.CAFile != "":
		return "add the root that has signed it to the file of ROCKET_CA_FILE"
	case errors.As(err, &unknown):
		return "name the root that has signed it in ROCKET_CA_FILE"
	case errors.As(err, &name):
		return "correct the host in " + s.variable + ": the certificate is for another host"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "have the certificate renewed, or set this machine's clock"
	case errors.As(err, &record):
		return "correct scheme or port in " + s.variable + ": the server does not speak TLS there"
	}
	return fmt.Sprintf(networkAdvice, s.variable)
}

// issuerKeys checks the keys that verify callers' tokens.
func (d *doctor) issuerKeys(ctx context.Context) Finding {
	if d.Open {
		return warn("set AUTH_MODE=jwt, or let only trusted networks reach LISTEN_ADDR", "AUTH_MODE=none: every caller has full access")
	}
	if d.KeysURL == "" {
		return skip("AUTH_JWKS_URL is not set")
	}
	usable, err := fetchKeys(ctx, d.KeysURL)
	switch {
	case err != nil:
		return fail("correct AUTH_JWKS_URL, or look at the issuer: until its keys are read the gateway refuses every caller", "%v", err)
	case usable == 0:
		return fail("correct AUTH_JWKS_URL: it must lead to the issuer's key set", "there is no key that signs with RSA, EC or Ed25519")
	}
	return pass("%s", count(usable, "key", "keys"))
}

// fetchKeys fetches a JSON Web Key Set (RFC 7517) and counts the keys that can verify tokens.
func fetchKeys(ctx context.Context, url string) (usable int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, errors.New("it is no URL")
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		return 0, errors.Unwrap(err) // without the URL, which may contain more than a host
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("the issuer responds with status %d", resp.StatusCode)
	}
	var set struct{ Keys []struct{ Kty, Use string } }
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxKeySet))
	if err != nil || json.Unmarshal(body, &set) != nil {
		return 0, errors.New("the issuer's response is no JSON Web Key Set")
	}
	for _, k := range set.Keys {
		if slices.Contains([]string{"RSA", "EC", "OKP"}, k.Kty) && (k.Use == "" || k.Use == "sig") {
			usable++
		}
	}
	return usable, nil
}
