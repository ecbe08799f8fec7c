package cli

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/app"
	"github.com/rocket-gateway/rocket-gateway/internal/config"
	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/version"
)

type demoCommand struct{}

// Help returns what the help says about settings.
func (demoCommand) Help() string {
	return "Of the settings in the environment, the demo takes " + demoSetting + ", so that pages of a frontend's development server may " +
		"read responses: " + demoSetting + "=http://localhost:5173 gateway demo. It ignores all others, and names those that are set."
}

const (
	demoSetting = "CORS_ORIGINS" // the only one of the environment's that has an effect

	demoAccount = "demo"
	demoLatency = 300 * time.Millisecond // so that a miss is visibly slower than a hit
)

// Run serves the simulator of Rocket, and the gateway in front of it with the cache in memory, until a signal. A demo is the same
// everywhere, so that it names most settings of the environment instead of using them.
func (demoCommand) Run(ctx context.Context, p process) error {
	outliveReaders()
	rocket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           rocketsim.New(rocketsim.Options{Username: demoAccount, Password: demoAccount, Latency: demoLatency}),
		ReadHeaderTimeout: 10 * time.Second,
	}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(rocket) })
	defer serving.Wait()
	defer func() { _ = server.Close() }()
	environ, ignored := demoSettings(rocket.Addr(), p.environ)
	c, err := config.Load(environ)
	if err != nil {
		return err
	}
	token, err := demoToken.sign(c, time.Now())
	if err != nil {
		return err
	}
	a, err := app.New(app.Options{
		Environ: environ, Version: version.String(), Listen: listenDemo,
		Logger: func(*config.Config, slog.Leveler) *slog.Logger { return p.textLogger(slog.LevelInfo) },
	})
	if err != nil {
		return err
	}
	welcome(p.stdout, a.Addr(), a.AdminAddr(), token)
	if len(ignored) > 0 {
		fmt.Fprint(p.stderr, "warning: the demo ignores these settings of the environment: ", strings.Join(ignored, ", "), "\n\n")
	}
	return a.Run(ctx)
}

// demoSettings returns the settings of a demo in front of a simulator, and the names of those of the environment that it ignores.
func demoSettings(rocket net.Addr, environ []string) (settings, ignored []string) {
	settings = []string{
		"ROCKET_URL=http://" + rocket.String() + "/rocketsvc", "ROCKET_USERNAME=" + demoAccount, "ROCKET_PASSWORD=" + demoAccount,
		"LISTEN_ADDR=127.0.0.1:8080", "ADMIN_ADDR=127.0.0.1:9090", "AUTH_HS256_SECRET=" + rand.Text() + rand.Text(),
		"SHUTDOWN_DELAY=0s", "AUDIT_LOG=off",
	}
	given := config.Given(environ)
	if origins, ok := given[demoSetting]; ok {
		settings = append(settings, demoSetting+"="+origins)
		delete(given, demoSetting)
	}
	return settings, slices.Sorted(maps.Keys(given))
}

// demoToken grants access to everything.
var demoToken = makeTokenCommand{
	Scope: []string{"usage:read", "cache:purge", "cache:inspect"}, Subject: "demo", Lifetime: 7 * 24 * time.Hour,
	Profile: []profile{
		{"azure", "distributors", []string{"*"}}, {"aws", "distributors", []string{"*"}}, {"gcp", "distributors", []string{"*"}},
	},
}

// listenDemo listens on the usual port, on loopback alone, or on a free one if that is taken.
func listenDemo(network, usual string) (net.Listener, error) {
	if l, err := net.Listen(network, usual); err == nil {
		return l, nil
	}
	return net.Listen(network, "127.0.0.1:0")
}

func welcome(w io.Writer, api, admin net.Addr, token string) {
	base := "http://" + api.String()
	fmt.Fprintf(w, `rocket-gateway demo: a made-up reseller's cloud costs, cached in memory, open to this machine alone.

  A token for everything, until the demo ends:

%[3]s

  Run this twice; the first response is a miss, the second a hit:

curl -si '%[1]s/v1/azure/usages?period=previous' -H 'Authorization: Bearer %[3]s' | grep -iE '^(HTTP|Cache-Status|Age)'

  Look around:   %[1]s/docs/  (Authorize takes the token)
  Console:       http://%[2]s/  (hit ratio, requests to Rocket, problems)

  Ctrl-C ends it. Every request has a line below.

`, base, admin, token)
}
