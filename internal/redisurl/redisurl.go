// Package redisurl parses the URL of a single Redis, a Cluster or Sentinels. docs/adr says why go-redis's parsers are not used. Its errors
// never repeat the URL, which may contain a password. The package imports nothing of this module.
package redisurl

import (
	"cmp"
	"errors"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// Kind is the kind of a deployment of Redis.
type Kind string

// The kinds of deployments, as they are in schemes.
const (
	Single   Kind = ""
	Cluster  Kind = "+cluster"
	Sentinel Kind = "+sentinel"
)

// URL is a parsed URL.
type URL struct {
	Kind      Kind
	Addresses []string // host:port; the seeds of a Cluster, or the Sentinels
	Master    string   // the name of the master, with Sentinels only
	TLS       bool
	Username  string
	Password  string
	Database  int // 0 for a Cluster

	SentinelUsername, SentinelPassword string
}

var (
	// form splits a URL into TLS, kind, user information, hosts, and the rest.
	form = regexp.MustCompile(`^redis(s?)(\+cluster|\+sentinel)?://([^/?#]*@)?([^/?#@]+)([/?][^#]*)?$`)
	// hostForm splits a host into name or address, IPv6 address, and port.
	hostForm = regexp.MustCompile(`^(\[(.+)\]|[^][: ]+)(?::(\d+))?$`)
)

var (
	errForm = errors.New("must be redis://[user:password@]host:port[/db], redis+cluster://host:port,host:port or " +
		"redis+sentinel://host:port,host:port/mastername, percent-encoded; rediss… for TLS; a Cluster has no databases")
	errOption = errors.New("has an option that is not known here; known are db, and sentinel_username and sentinel_password")
)

// Parse parses a URL:
//
//	redis://user:password@host:6379/0
//	redis+cluster://user:password@host:7000,host:7001,host:7002
//	redis+sentinel://user:password@host:26379,host:26380/mastername?db=1&sentinel_password=…
//
// rediss, rediss+cluster and rediss+sentinel are the same over TLS.
func Parse(value string) (URL, error) {
	parts := form.FindStringSubmatch(value)
	if parts == nil {
		return URL{}, errForm
	}
	parsed, err := url.Parse("redis://" + parts[3] + "host" + parts[5]) // net/url knows one host only
	if err != nil {
		return URL{}, errForm
	}
	options, err := url.ParseQuery(parsed.RawQuery)
	if err != nil {
		return URL{}, errForm
	}
	u := URL{TLS: parts[1] != "", Kind: Kind(parts[2]), Username: parsed.User.Username()}
	u.Password, _ = parsed.User.Password()
	if err := u.setAddresses(strings.Split(parts[4], ",")); err != nil {
		return URL{}, err
	}
	err = u.setOptions(strings.Trim(parsed.Path, "/"), options)
	return u, err
}

func (u *URL) setAddresses(hosts []string) error {
	defaultPort := "6379"
	if u.Kind == Sentinel {
		defaultPort = "26379"
	}
	for _, host := range hosts {
		if strings.Count(host, ":") > 1 && net.ParseIP(host) != nil { // an IPv6 address alone needs no brackets
			host = "[" + host + "]"
		}
		parts := hostForm.FindStringSubmatch(host)
		if parts == nil || parts[2] != "" && net.ParseIP(parts[2]) == nil || u.Kind == Single && len(hosts) > 1 {
			return errForm
		}
		port := cmp.Or(parts[3], defaultPort)
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errForm
		}
		u.Addresses = append(u.Addresses, net.JoinHostPort(cmp.Or(parts[2], parts[1]), port))
	}
	return nil
}

// setOptions takes the path, which is the name of a master or the number of a database, and the options.
func (u *URL) setOptions(path string, options url.Values) error {
	databases := []string{cmp.Or(path, "0")} // the last one counts
	if u.Kind == Sentinel {
		u.Master, databases = path, nil
	}
	for name, values := range options {
		switch value := values[len(values)-1]; {
		case name == "db" && u.Kind != Cluster:
			databases = append(databases, value)
		case name == "sentinel_username" && u.Kind == Sentinel:
			u.SentinelUsername = value
		case name == "sentinel_password" && u.Kind == Sentinel:
			u.SentinelPassword = value
		default:
			return errOption
		}
	}
	for _, text := range databases {
		n, err := strconv.ParseUint(text, 10, 16)
		if err != nil || u.Kind == Cluster && n > 0 {
			return errForm
		}
		u.Database = int(n)
	}
	if u.Kind == Sentinel && (u.Master == "" || strings.Contains(u.Master, "/")) {
		return errForm
	}
	return nil
}
