package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rocket-gateway/rocket-gateway/internal/rocketsim"
	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

func TestFlags(t *testing.T) {
	t.Parallel()
	usual := rocketsim.Options{Username: "rocket", Password: "rocket", TokenLifetime: 24 * time.Hour, Customers: 300}
	tests := []struct {
		args    string
		address string
		want    rocketsim.Options
	}{
		{"", "127.0.0.1:9000", usual},
		{"-addr :81", ":81", usual},
		{"-customers 1", "127.0.0.1:9000", rocketsim.Options{
			Username: "rocket", Password: "rocket", TokenLifetime: 24 * time.Hour, Customers: 1,
		}},
		{
			"-username u -password p -token-lifetime 90s -latency 40ms -error-rate 0.25 -customers 5000 -single-session -deny gcp -lax " +
				"-mutation lists-paged",
			"127.0.0.1:9000",
			rocketsim.Options{
				Username: "u", Password: "p", TokenLifetime: 90 * time.Second, Latency: 40 * time.Millisecond, ErrorRate: 0.25,
				Customers: 5000, SingleSession: true, Deny: "gcp", Lax: true, Mutation: "lists-paged",
			},
		},
	}
	for _, test := range tests {
		address, got, err := parse(strings.Fields(test.args), t.Output())
		if err != nil || address != test.address {
			t.Errorf("%q: %q, %v", test.args, address, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.args, diff)
		}
	}
}

// TestBadFlagsStopTheStart instead of serving with other values.
func TestBadFlagsStopTheStart(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // what starts nevertheless ends at once
	for _, args := range []string{
		"-customers 0", "-customers 5001", "-customers many", "-error-rate 1.1", "-error-rate -0.1", "-error-rate NaN",
		"-token-lifetime 3600", "-galaxy", "-mutation galaxies",
	} {
		if err := run(ctx, append(strings.Fields(args), "-addr", "127.0.0.1:0"), io.Discard, t.Output()); err == nil {
			t.Errorf("%s: served", args)
		}
	}
}

func TestHelpIsNoFault(t *testing.T) {
	t.Parallel()
	var help strings.Builder
	if err := run(t.Context(), []string{"-h"}, io.Discard, &help); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"addr", "username", "password", "token-lifetime", "latency", "error-rate", "customers"} {
		if !strings.Contains(help.String(), "-"+name+" ") {
			t.Errorf("-h does not tell of -%s", name)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	var line strings.Builder
	err := run(t.Context(), []string{"-version"}, &line, t.Output())
	if err != nil || !regexp.MustCompile(`^rocketsim \S+ go\S+ \w+/\w+\n$`).MatchString(line.String()) {
		t.Errorf("%v: %q", err, line.String())
	}
}

func TestTakenAddressIsAFault(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	if err := run(t.Context(), []string{"-addr", taken.Addr().String(), "-customers", "1"}, io.Discard, t.Output()); err == nil {
		t.Error("served on a port that is taken")
	}
}

func TestHealthcheckWithoutAServer(t *testing.T) {
	t.Parallel()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	if err := run(t.Context(), []string{"healthcheck", "-addr", free.Addr().String()}, io.Discard, t.Output()); err == nil {
		t.Error("an address where nothing listens is healthy")
	}
}

// TestServes starts the command as main does, logs in below both bases, and ends it as a signal does.
func TestServes(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	log, ended := start(ctx, "-addr", "127.0.0.1:0", "-customers", "3", "-username", "u", "-password", "p")
	url := listening(t, log)
	for _, base := range []string{url, strings.TrimSuffix(url, "/rocketsvc")} {
		for pass, want := range map[string]int{"p": http.StatusOK, "q": http.StatusUnauthorized} {
			body := strings.NewReader(fmt.Sprintf(`{"username":"u","password":%q}`, pass))
			response, err := http.Post(base+"/api/v4/auth/login", "application/json", body)
			if err != nil {
				t.Fatal(err)
			}
			response.Body.Close()
			if response.StatusCode != want {
				t.Errorf("%s with %q: %s", base, pass, response.Status)
			}
		}
	}
	address := strings.TrimSuffix(strings.TrimPrefix(url, "http://"), "/rocketsvc")
	if err := run(t.Context(), []string{"healthcheck", "-addr", address}, io.Discard, t.Output()); err != nil {
		t.Errorf("healthcheck: %v", err)
	}
	stop()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(testkit.Patience):
		t.Error("it still serves after the signal")
	}
}

// start runs the command and returns its log and its end.
func start(ctx context.Context, args ...string) (log io.Reader, ended <-chan error) {
	read, write := io.Pipe()
	done := make(chan error, 1)
	go func() {
		done <- run(ctx, args, io.Discard, write)
		write.Close()
	}()
	return read, done
}

var logged = regexp.MustCompile(`url=(\S+)`)

// listening waits for the URL in the log and lets the rest of it go by.
func listening(t *testing.T, log io.Reader) string {
	t.Helper()
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		if found := logged.FindStringSubmatch(lines.Text()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return found[1]
		}
	}
	t.Fatal("it ended without saying where it listens")
	return ""
}
