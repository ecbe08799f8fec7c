package doctor

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"time"
)

// Resolver looks up names, as net.Resolver does.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

const (
	lookupTime   = 5 * time.Second
	connectTime  = 10 * time.Second
	expirySoon   = 21 * 24 * time.Hour
	noSuchAdvice = "correct the host in %s, or the name servers of this machine (in a container: its DNS settings)"
)

// server is one that has to be reached.
type server struct {
	variable string // that names it
	url      *url.URL
	suffix   string // of its checks' names
}

// servers are Rocket's, and that of the login where it is another.
func (d *doctor) servers() []server {
	a := d.Rocket.Account
	all := []server{{"ROCKET_URL", a.Base, ""}}
	if a.OAuth != nil && (a.OAuth.Host != a.Base.Host || a.OAuth.Scheme != a.Base.Scheme) {
		all = append(all, server{"ROCKET_OAUTH_URL", a.OAuth, " of ROCKET_OAUTH_URL"})
	}
	return all
}

// reaching looks up and connects to every server.
func (d *doctor) reaching() (checks []check) {
	for _, s := range d.servers() {
		checks = append(checks,
			check{name: "DNS" + s.suffix, within: lookupTime, run: func(ctx context.Context) result { return d.resolve(ctx, s) }},
			check{name: "TLS" + s.suffix, needs: "DNS" + s.suffix, within: connectTime,
				run: func(ctx context.Context) result { return d.connect(ctx, s) }},
		)
	}
	return checks
}

// resolve looks up who is connected to: the server, or the proxy in front of it, which looks up the rest.
func (d *doctor) resolve(ctx context.Context, s server) result {
	host, variable, of := s.url.Hostname(), s.variable, ""
	proxy, err := d.Rocket.Transport.Proxy(s.url)
	switch {
	case err != nil, proxy != nil && proxy.Hostname() == "":
		return fail("correct HTTPS_PROXY or HTTP_PROXY", "the proxy that the environment names is no URL")
	case proxy != nil:
		host, variable, of = proxy.Hostname(), "HTTPS_PROXY or HTTP_PROXY", ", the proxy that the environment names,"
	}
	if net.ParseIP(host) != nil {
		return skip("%s%s is an address", host, of)
	}
	addresses, err := d.Resolver.LookupNetIP(ctx, "ip", host)
	if err != nil || len(addresses) == 0 {
		return fail(fmt.Sprintf(noSuchAdvice, variable), "%s%s is not found", host, of)
	}
	return good("%s%s has %s", host, of, count(len(addresses), "address", "addresses"))
}

// connect has TLS agree with the server, through the proxy where there is one.
func (d *doctor) connect(ctx context.Context, s server) result {
	if s.url.Scheme == "http" {
		if local(s.url.Hostname()) {
			return skip("plain http, which stays on this machine")
		}
		return warn("have "+s.variable+" begin with https", "plain http: the password and all answers cross the network unencrypted")
	}
	state, err := d.Rocket.Transport.Probe(ctx, s.url)
	switch {
	case err != nil:
		return d.unconnected(s, err)
	case state == nil || len(state.PeerCertificates) == 0:
		return fail("report this", "the server has shown no certificate")
	}
	through := ""
	if proxy, err := d.Rocket.Transport.Proxy(s.url); err == nil && proxy != nil {
		through = ", through the proxy " + proxy.Host
	}
	expires := state.PeerCertificates[0].NotAfter
	left := expires.Sub(d.Now())
	detail := fmt.Sprintf("%s; the certificate is good until %s%s", tls.VersionName(state.Version), expires.Format(time.DateOnly), through)
	if left < expirySoon {
		return warn("have it renewed: without it there are no answers", "%s, %d days from now", detail, int(left.Hours()/24))
	}
	return good("%s", detail)
}

func local(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
