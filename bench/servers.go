package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// server is a server to measure.
type server struct {
	name     string
	base     string   // its URL
	header   []string // of every request
	pid      int
	admin    string      // URL of the admin listener; of gateways alone
	parallel int         // connections of the load; 0: the usual number
	sends    http.Header // what it sent with the first response
}

// The names of servers that tables compare others with.
const (
	bareName    = "bare net/http"
	gatewayName = "gateway, JWT"
)

const (
	path       = "/v1/azure/usages?period=2025-01&customer_id=c-1&cost=customers&view=customers&invoice_type=1"
	signingKey = "a secret that is for this bench alone"
)

// starter starts a server in front of an origin. earlier are the servers that have been started before it.
type starter func(ctx context.Context, l *lab, o *origin, earlier []*server) (*server, error)

// startAll starts servers and sends each the query once, so that it has the body cached.
func (l *lab) startAll(ctx context.Context, o *origin, all ...starter) (servers []*server, err error) {
	for _, start := range all {
		s, err := start(ctx, l, o, servers)
		if err != nil {
			return nil, err
		}
		if err := s.warm(ctx, path); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		servers = append(servers, s)
	}
	return servers, nil
}

// warm sends a query until the server responds.
func (s *server) warm(ctx context.Context, query string) error {
	return eventually(func() error {
		sent, err := get(ctx, s.base+query, s.header)
		if err == nil {
			s.sends = sent
		}
		return err
	})
}

func open(ctx context.Context, l *lab, o *origin, _ []*server) (*server, error) {
	return l.gateway(ctx, o, "gateway, open", "AUTH_MODE=none")
}

// guarded checks a token, narrows the query and writes an audit line and an access line.
func guarded(env ...string) starter {
	return func(ctx context.Context, l *lab, o *origin, _ []*server) (*server, error) {
		token, err := sign("bench", "resellers", []string{"*"}, time.Now().Add(time.Hour))
		if err != nil {
			return nil, err
		}
		s, err := l.gateway(ctx, o, gatewayName, append(env, "AUTH_HS256_SECRET="+signingKey)...)
		if err == nil {
			s.header = []string{"Authorization: Bearer " + token}
		}
		return s, err
	}
}

// sign returns a token with one profile.
func sign(subject, kind string, ids []string, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": subject, "scope": "usage:read", "exp": expires.Unix(),
		"profiles": []map[string]any{{"provider": "azure", "resource_type": kind, "resources": ids}},
	}).SignedString([]byte(signingKey))
}

func (l *lab) gateway(ctx context.Context, o *origin, name string, env ...string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &server{name: name, base: "http://" + address, admin: "http://" + admin}
	s.pid, err = l.start(ctx, serverCore, append(env,
		"LISTEN_ADDR="+address, "ADMIN_ADDR="+admin, "ROCKET_URL="+o.url, "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "SHUTDOWN_DELAY=0s",
	), *gateway, "serve")
	return s, err
}

func varnish(memory string) starter {
	return func(ctx context.Context, l *lab, o *origin, earlier []*server) (*server, error) {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		s := &server{name: "Varnish", base: "http://" + address}
		s.pid, err = l.start(ctx, serverCore, nil, "varnishd", "-F", "-n", l.dir+"/varnish"+strconv.Itoa(len(earlier)), "-a", address,
			"-b", strings.TrimPrefix(o.url, "http://"), "-s", "malloc,"+memory, "-p", "thread_pool_max=5000",
			"-p", "http_gzip_support=off") // else it decodes gzip for each caller that accepts none
		return s, err
	}
}

// named returns the server with a name.
func named(servers []*server, name string) (*server, error) {
	i := slices.IndexFunc(servers, func(s *server) bool { return s.name == name })
	if i < 0 {
		return nil, errors.New("there is no server " + name)
	}
	return servers[i], nil
}
