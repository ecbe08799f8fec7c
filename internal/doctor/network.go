package doctor

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"time"
)

const (
	lookupTimeout  = 5 * time.Second
	connectTimeout = 10 * time.Second
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
		{name: "TLS" + s.suffix, needs: "DNS" + s.suffix, timeout: connectTimeout, run: s.connect},
	}
}

// resolve looks up the host that the gateway connects to: the server, or the proxy in front of it, which resolves the server's name.
func (s server) resolve(ctx context.Context) Finding {
	host, variable, role := s.url.Hostname(), s.variable, ""
	proxy, err := s.Rocket.Line.Proxy(s.url)
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
	state, err := s.Rocket.Line.Probe(ctx, s.url)
	switch {
	case err != nil:
		return fail(s.connectAdvice(err), "%s", explain(err))
	case state == nil || len(state.PeerCertificates) == 0:
		return fail("report this", "the server has sent no certificate")
	}
	through := ""
	if proxy, err := s.Rocket.Line.Proxy(s.url); err == nil && proxy != nil {
		through = ", through the proxy " + proxy.Host
	}
	expires := state.PeerCertificates[0].NotAfter
	left := expires.Sub(s.Now())
	detail := fmt.Sprintf("%s; the certificate is valid until %s%s", tls.VersionName(state.Version), expires.Format(time.DateOnly), through)
	if left < expirySoon {
		return warn("have it renewed: after that the gateway gets no responses", "%s, %d days from now", detail, int(left.Hours()/24))
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
	case errors.As(err, &unknown) && s.Rocket.Line.CAFile != "":
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
