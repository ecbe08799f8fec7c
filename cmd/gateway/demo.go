package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
)

type demoCommand struct{}

const (
	demoAccount = "demo"
	demoLatency = 300 * time.Millisecond // so that a miss can be told from a hit
)

// Run serves the stand-in, and the gateway in front of it with the cache in memory, until a signal. The environment's
// settings are left out: a demo is the same everywhere.
func (demoCommand) Run(ctx context.Context, p process) error {
	outliveReaders()
	rocket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	stop := serveDemoRocket(rocket)
	defer stop()
	environ := []string{
		"ROCKET_URL=http://" + rocket.Addr().String() + "/rocketsvc", "ROCKET_USERNAME=" + demoAccount, "ROCKET_PASSWORD=" + demoAccount,
		"AUTH_HS256_SECRET=" + rand.Text() + rand.Text(), "SHUTDOWN_DELAY=0s", "AUDIT_LOG=off",
	}
	c, err := config.Load(environ)
	if err != nil {
		return err
	}
	token, err := demoToken.sign(c, time.Now())
	if err != nil {
		return err
	}
	g, err := wire(c, readable(p, slog.LevelInfo))
	if err != nil {
		return err
	}
	open, err := listenDemo()
	if err != nil {
		return err
	}
	welcome(p.stdout, open, token)
	return g.run(ctx, open, func(context.Context) {})
}

// demoToken may ask everything.
var demoToken = makeTokenCommand{
	Scope: []string{"usage:read", "cache:purge"}, Subject: "demo", Lifetime: 7 * 24 * time.Hour,
	Profile: []profile{
		{"azure", "distributors", []string{"*"}}, {"aws", "distributors", []string{"*"}}, {"gcp", "distributors", []string{"*"}},
	},
}

func serveDemoRocket(listener net.Listener) (stop func()) {
	server := &http.Server{
		Handler:           rocketsim.New(rocketsim.Options{Username: demoAccount, Password: demoAccount, Latency: demoLatency}),
		ReadHeaderTimeout: readHeaderTimeout,
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = server.Serve(listener)
	}()
	return func() {
		_ = server.Close()
		<-ended
	}
}

// listenDemo takes the usual ports on loopback, or free ones where those are taken.
func listenDemo() (ports, error) {
	api, err := loopback("127.0.0.1:8080")
	if err != nil {
		return ports{}, err
	}
	adminPort, err := loopback("127.0.0.1:9090")
	if err != nil {
		_ = api.Close()
		return ports{}, err
	}
	return ports{api, adminPort}, nil
}

func loopback(usual string) (net.Listener, error) {
	if l, err := net.Listen("tcp", usual); err == nil {
		return l, nil
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

func welcome(w io.Writer, p ports, token string) {
	base := "http://" + p.api.Addr().String()
	fmt.Fprintf(w, `rocket-gateway demo: a made-up reseller's cloud costs, cached in memory, open to this machine alone.

  A token that may ask everything, until the demo ends:

%[3]s

  Ask twice; the first answer is a miss, the second a hit:

curl -si '%[1]s/v1/azure/usages?period=previous' -H 'Authorization: Bearer %[3]s' | grep -iE '^(HTTP|Cache-Status|Age)'

  Look around:   %[1]s/docs/  (Authorize takes the token)
  Metrics:       http://%[2]s/metrics

  Ctrl-C ends it. Every request has a line below.

`, base, p.admin.Addr(), token)
}
