// Package redisurl reads the one URL that says where Redis is, single, Cluster or Sentinel. Its errors never repeat the
// value, which may hold a password. It imports nothing of ours.
package redisurl

import (
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// Kind is how Redis is run.
type Kind int

// The kinds that there are.
const (
	Single Kind = iota
	Cluster
	Sentinel
)

// URL is where Redis is and how to get in.
type URL struct {
	Kind      Kind
	Addresses []string // host:port; of a Cluster or of Sentinels some to begin with
	Master    string   // the name that Sentinels know it by
	TLS       bool
	Username  string
	Password  string
	Database  int // not for a Cluster, which has one

	SentinelUsername, SentinelPassword string
}

const usage = "must be redis://[user:password@]host:port[/db], redis+cluster://host:port,host:port or " +
	"redis+sentinel://host:port,host:port/mastername; rediss… for TLS"

// Parse reads the URL.
//
//	redis://user:password@host:6379/0
//	redis+cluster://user:password@host:7000,host:7001,host:7002
//	redis+sentinel://user:password@host:26379,host:26380/mastername?db=1&sentinel_password=…
//
// rediss, rediss+cluster and rediss+sentinel are the same over TLS.
func Parse(value string) (URL, error) {
	scheme, rest, ok := strings.Cut(value, "://")
	var u URL
	if !ok || !u.readScheme(scheme) {
		return URL{}, errors.New(usage)
	}
	authority, tail := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, tail = rest[:i], rest[i:]
	}
	if err := u.readAuthority(authority); err != nil {
		return URL{}, err
	}
	// The standard parser knows one host alone, so it is shown the rest of the URL behind one.
	parsed, err := url.Parse("redis://host" + tail)
	if err != nil || parsed.Fragment != "" {
		return URL{}, errors.New(usage)
	}
	if err := u.readPath(strings.Trim(parsed.Path, "/")); err != nil {
		return URL{}, err
	}
	return u, u.readOptions(parsed.RawQuery)
}

func (u *URL) readScheme(scheme string) bool {
	base, kind, _ := strings.Cut(scheme, "+")
	u.TLS = base == "rediss"
	switch kind {
	case "":
		u.Kind = Single
	case "cluster":
		u.Kind = Cluster
	case "sentinel":
		u.Kind = Sentinel
	default:
		return false
	}
	return (base == "redis" || u.TLS) && !strings.HasSuffix(scheme, "+")
}

func (u *URL) readAuthority(authority string) error {
	hosts := authority
	if i := strings.LastIndex(authority, "@"); i >= 0 {
		hosts = authority[i+1:]
		parsed, err := url.Parse("redis://" + authority[:i] + "@host")
		if err != nil {
			return errors.New("its user name and password must be percent-encoded")
		}
		u.Username = parsed.User.Username()
		u.Password, _ = parsed.User.Password()
	}
	usual := "6379"
	if u.Kind == Sentinel {
		usual = "26379"
	}
	for host := range strings.SplitSeq(hosts, ",") {
		address, ok := withPort(host, usual)
		if !ok {
			return errors.New(usage)
		}
		u.Addresses = append(u.Addresses, address)
	}
	if u.Kind == Single && len(u.Addresses) > 1 {
		return errors.New("redis:// has one host; several are redis+cluster:// or redis+sentinel://")
	}
	return nil
}

// withPort completes an address that may lack its port.
func withPort(address, usual string) (string, bool) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		host, port = address, usual
		if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
			host = host[1 : len(host)-1]
		}
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 || host == "" || strings.ContainsAny(host, "[] ") || strings.Contains(host, ":") && net.ParseIP(host) == nil {
		return "", false
	}
	return net.JoinHostPort(host, port), true
}

func (u *URL) readPath(path string) error {
	switch {
	case u.Kind == Sentinel && (path == "" || strings.Contains(path, "/")):
		return errors.New("must end in the master's name, as in redis+sentinel://host:26379/mymaster")
	case u.Kind == Sentinel:
		u.Master = path
	case u.Kind == Cluster && path != "" && path != "0":
		return errors.New("must not name a database: a Cluster has one")
	case path != "":
		return u.readDatabase(path)
	}
	return nil
}

func (u *URL) readDatabase(text string) error {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return errors.New("must end in the number of a database, as in redis://host:6379/0, or without one")
	}
	u.Database = int(n)
	return nil
}

func (u *URL) readOptions(raw string) error {
	options, err := url.ParseQuery(raw)
	if err != nil {
		return errors.New(usage)
	}
	for name, values := range options {
		switch value := values[len(values)-1]; {
		case name == "db" && u.Kind != Cluster:
			if err := u.readDatabase(value); err != nil {
				return err
			}
		case name == "sentinel_username" && u.Kind == Sentinel:
			u.SentinelUsername = value
		case name == "sentinel_password" && u.Kind == Sentinel:
			u.SentinelPassword = value
		default:
			return errors.New("has an option that is not known here; known are db, and sentinel_username and sentinel_password")
		}
	}
	return nil
}
