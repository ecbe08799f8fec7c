// Command rocketsim serves the simulator of Rocket over HTTP, for demos and tests.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/version"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "rocketsim:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done. If the first argument is healthcheck, it checks the simulator that serves at -addr instead.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	check := len(args) > 0 && args[0] == "healthcheck"
	if check {
		args = args[1:]
	}
	address, options, err := parse(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil
	case errors.Is(err, errVersion):
		_, err = fmt.Fprintln(stdout, version.Line("rocketsim"))
		return err
	case err != nil:
		return err
	case check:
		return healthcheck(ctx, address)
	}
	options.Log = slog.New(slog.NewTextHandler(stderr, nil))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: rocketsim.New(options), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
	options.Log.Info("listening", "url", "http://"+listener.Addr().String()+"/rocketsvc", "username", options.Username)
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

const healthcheckTimeout = 2 * time.Second

// healthcheck returns an error unless a server at the address responds, for an image that has no shell.
func healthcheck(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, healthcheckTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address, nil) //nolint:gosec // the operator names the address
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req) //nolint:gosec // as above
	if err != nil {
		return err
	}
	return resp.Body.Close() // any status: there is nothing below /
}

// errVersion is what parse returns for -version, as the package flag returns ErrHelp for -h.
var errVersion = errors.New("version requested")

func parse(args []string, stderr io.Writer) (address string, o rocketsim.Options, err error) {
	flags := flag.NewFlagSet("rocketsim", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&address, "addr", "127.0.0.1:9000", "address to listen on")
	flags.StringVar(&o.Username, "username", "rocket", "account that may log in")
	flags.StringVar(&o.Password, "password", "rocket", "its password")
	flags.DurationVar(&o.TokenLifetime, "token-lifetime", 24*time.Hour, "lifetime of a token")
	flags.DurationVar(&o.Latency, "latency", 0, "added to every query")
	flags.Float64Var(&o.ErrorRate, "error-rate", 0, "share of queries that get a 503, from 0 to 1")
	flags.IntVar(&o.Customers, "customers", 300, "customers of each provider, at most 5000")
	flags.BoolVar(&o.SingleSession, "single-session", false, "a login ends the session before it")
	flags.StringVar(&o.Deny, "deny", "", "provider whose queries get 401 with any token")
	flags.BoolVar(&o.Lax, "lax", false, "the most specific id wins, and responses have rows that the query does not select")
	mutations := strings.Join(rocketsim.Mutations(), ", ")
	flags.StringVar(&o.Mutation, "mutation", "", "assumption to break, to see gateway doctor notice it: "+mutations)
	printVersion := flags.Bool("version", false, "print the version")
	switch err = flags.Parse(args); {
	case err != nil:
	case *printVersion:
		err = errVersion
	case o.Customers < 1 || o.Customers > 5000:
		err = fmt.Errorf("-customers %d: must be from 1 to 5000", o.Customers)
	case !(o.ErrorRate >= 0 && o.ErrorRate <= 1): // refuses NaN too
		err = fmt.Errorf("-error-rate %v: must be from 0 to 1", o.ErrorRate)
	case !slices.Contains([]string{"", "azure", "aws", "gcp"}, o.Deny):
		err = fmt.Errorf("-deny %q: must be azure, aws or gcp", o.Deny)
	case o.Mutation != "" && !slices.Contains(rocketsim.Mutations(), o.Mutation):
		err = fmt.Errorf("-mutation %q: must be one of %s", o.Mutation, mutations)
	case flags.NArg() > 0:
		err = fmt.Errorf("%q: there are only flags", flags.Arg(0))
	}
	return address, o, err
}
