package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// server is a server to measure.
type server struct {
	name   string
	url    string
	header []string
	pid    int
}

const (
	path       = "/v1/azure/usages?period=2025-01&customer_id=c-1&cost=customers&view=customers&invoice_type=1"
	signingKey = "a secret that is for this bench alone"
	patience   = time.Minute // Varnish compiles its configuration
)

// startAll starts every server with a body of a size and sends each the query once, so that it has the body cached.
func startAll(ctx context.Context, dir string, size int) (all []*server, stop func(), err error) {
	var stops []func()
	stop = func() {
		for _, s := range stops {
			s()
		}
	}
	origin, closeOrigin, err := serveOrigin(body(size))
	if err != nil {
		return nil, stop, err
	}
	stops = append(stops, closeOrigin)
	for _, begin := range []func(context.Context, string, string) (*server, *exec.Cmd, error){bare, open, guarded, nginx, varnish} {
		s, command, err := begin(ctx, dir, origin)
		if err != nil {
			return nil, stop, err
		}
		if err := command.Start(); err != nil {
			return nil, stop, err
		}
		s.pid = command.Process.Pid
		stops = append(stops, func() { _ = command.Process.Signal(os.Interrupt); _ = command.Wait() })
		if err := s.warm(ctx, size); err != nil {
			return nil, stop, fmt.Errorf("%s: %w", s.name, err)
		}
		all = append(all, s)
	}
	return all, stop, nil
}

// warm sends the query until the body is complete.
func (s *server) warm(ctx context.Context, size int) error {
	var last error
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url, nil)
		if err != nil {
			return err
		}
		for _, h := range s.header {
			name, value, _ := strings.Cut(h, ": ")
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if last = err; err != nil {
			continue
		}
		n, err := io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusOK && int(n) == size && err == nil {
			return nil
		}
		last = fmt.Errorf("%s with %d bytes", resp.Status, n)
	}
	return errors.Join(errors.New("it does not respond"), last)
}

func bare(ctx context.Context, _, origin string) (*server, *exec.Cmd, error) {
	address, err := freeAddress()
	self, selfErr := os.Executable()
	return &server{name: "bare net/http", url: "http://" + address + path},
		command(ctx, []string{"BENCH_BARE=" + address, "BENCH_ORIGIN=" + origin}, self), errors.Join(err, selfErr)
}

func open(ctx context.Context, _, origin string) (*server, *exec.Cmd, error) {
	return ours(ctx, "gateway", origin, nil, "AUTH_MODE=none")
}

// guarded checks a token, narrows the query and writes an audit line for every request.
func guarded(ctx context.Context, _, origin string) (*server, *exec.Cmd, error) {
	token, err := sign("bench", "resellers", []string{"*"}, time.Now().Add(time.Hour))
	if err != nil {
		return nil, nil, err
	}
	return ours(ctx, "gateway, token and audit", origin, []string{"Authorization: Bearer " + token}, "AUTH_HS256_SECRET="+signingKey)
}

// sign returns a token with one profile.
func sign(subject, kind string, ids []string, expires time.Time) (string, error) {
	return jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{
		"sub": subject, "scope": "usage:read", "exp": expires.Unix(),
		"profiles": []map[string]any{{"provider": "azure", "resource_type": kind, "resources": ids}},
	}).SignedString([]byte(signingKey))
}

func ours(ctx context.Context, name, origin string, header []string, env ...string) (*server, *exec.Cmd, error) {
	address, err := freeAddress()
	return &server{name: name, url: "http://" + address + path, header: header}, command(ctx, append(env,
		"LISTEN_ADDR="+address, "ADMIN_ADDR=127.0.0.1:0", "ROCKET_URL="+origin, "ROCKET_USERNAME=u", "ROCKET_PASSWORD=p", "SHUTDOWN_DELAY=0s",
	), *gateway, "serve"), err
}

func nginx(ctx context.Context, dir, origin string) (*server, *exec.Cmd, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	file := filepath.Join(dir, "nginx.conf")
	content := fmt.Sprintf(`daemon off; worker_processes 2; error_log stderr crit; pid %[1]s/nginx.pid;
events { worker_connections 1024; }
http {
  access_log off; keepalive_requests 1000000;
  client_body_temp_path %[1]s/a; proxy_temp_path %[1]s/b; fastcgi_temp_path %[1]s/c; uwsgi_temp_path %[1]s/d; scgi_temp_path %[1]s/e;
  proxy_cache_path %[1]s/cache keys_zone=z:10m;
  server { listen %[2]s; location / { proxy_pass %[3]s; proxy_cache z; proxy_cache_valid 200 1h; } }
}
`, dir, address, origin)
	return &server{name: "nginx, proxy_cache", url: "http://" + address + path},
		command(ctx, nil, "nginx", "-c", file), os.WriteFile(file, []byte(content), 0o600)
}

func varnish(ctx context.Context, dir, origin string) (*server, *exec.Cmd, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, nil, err
	}
	return &server{name: "Varnish", url: "http://" + address + path}, command(ctx, nil, "varnishd", "-F",
		"-n", filepath.Join(dir, "varnish"), "-a", address, "-b", strings.TrimPrefix(origin, "http://"), "-s", "malloc,256m"), nil
}

func command(ctx context.Context, env []string, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...) //nolint:gosec // the servers to be measured
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	return c
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
