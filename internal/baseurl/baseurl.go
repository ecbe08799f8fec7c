// Package baseurl reads the URLs below which Rocket is called: one each for its API and its deprecated login. They are part of
// a service account's identity, so the usual spellings of one base become one URL. It imports nothing of ours.
package baseurl

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Rocket takes the base of /api/v4, with or without the /api/v4 that the vendor's SDK has at its end.
func Rocket(value string) (*url.URL, error) { return above(value, "/api/v4") }

// OAuth takes the base of /oauth2/token, with or without it.
func OAuth(value string) (*url.URL, error) { return above(value, "/oauth2/token") }

// Unencrypted says whether what is sent there crosses a network that others may read.
func Unencrypted(u *url.URL) bool { return u.Scheme == "http" && !loopback(u.Hostname()) }

// above reads a URL less its slashes and the suffix at its end. The error never repeats it: there may be a password in it.
func above(value, suffix string) (*url.URL, error) {
	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" ||
		u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return nil, errors.New("must be an http or https URL without a query, as in https://rocket.example.com/rocketsvc")
	}
	if port := u.Port(); port != "" {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return nil, errors.New("must have a port from 1 to 65535, or none")
		}
	}
	if u.User != nil {
		return nil, errors.New("must not hold a user name or password; they have settings of their own")
	}
	u.Host = strings.ToLower(u.Host)
	u.Path = strings.TrimRight(u.Path, "/")
	u.Path = strings.TrimRight(strings.TrimSuffix(u.Path, suffix), "/")
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
