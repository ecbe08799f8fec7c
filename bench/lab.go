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
	"strings"
	"time"
)

// lab has what a section starts, and ends it.
type lab struct {
	dir   string // for files of servers
	stops []func()
}

func newLab() (*lab, error) {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, stops: []func(){func() { _ = os.RemoveAll(dir) }}}
	return l, os.Chmod(dir, 0o755) //nolint:gosec // nginx works as another user
}

// close ends everything, the last first.
func (l *lab) close() {
	for len(l.stops) > 0 {
		last := len(l.stops) - 1
		l.stops[last]()
		l.stops = l.stops[:last]
	}
}

// renew ends everything, and begins anew.
func (l *lab) renew() error {
	l.close()
	fresh, err := newLab()
	if err == nil {
		*l = *fresh
	}
	return err
}

// cores are the processors of servers and of the load, which `make bench` runs on.
const (
	serverCore = "1"
	loadCore   = "0"
)

// start starts a command on a processor, which close interrupts.
func (l *lab) start(ctx context.Context, core string, env []string, name string, args ...string) (pid int, err error) {
	c := exec.CommandContext(ctx, "taskset", append([]string{"-c", core, name}, args...)...) //nolint:gosec // the servers to be measured
	c.Env = append([]string{"PATH=" + os.Getenv("PATH")}, env...)
	if err := c.Start(); err != nil {
		return 0, err
	}
	l.stops = append(l.stops, func() { _ = c.Process.Signal(os.Interrupt); _ = c.Wait() })
	return c.Process.Pid, nil
}

// redis starts a Redis beside the load, and returns its address.
func (l *lab) redis(ctx context.Context) (address string, err error) {
	if address, err = freeAddress(); err != nil {
		return "", err
	}
	_, port, _ := net.SplitHostPort(address)
	_, err = l.start(ctx, loadCore, nil, "redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", l.dir)
	if err != nil {
		return "", err
	}
	return address, eventually(func() error {
		c, err := net.Dial("tcp", address)
		if err == nil {
			err = c.Close()
		}
		return err
	})
}

const patience = time.Minute // Varnish compiles its configuration

// eventually repeats an attempt until it succeeds.
func eventually(attempt func() error) (err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = attempt(); err == nil {
			return nil
		}
	}
	return err
}

// likeWrk sends no Accept-Encoding of its own: caches would keep another variant for it.
var likeWrk = &http.Client{Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64}}

// get sends a request, reads the response and returns its header.
func get(ctx context.Context, url string, header []string) (sent http.Header, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	resp, err := likeWrk.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	_, err = io.Copy(io.Discard, resp.Body)
	if resp.StatusCode >= http.StatusBadRequest {
		err = errors.Join(err, fmt.Errorf("%s responded %s", url, resp.Status))
	}
	return resp.Header, err
}

// fetchText returns the body of a response.
func fetchText(ctx context.Context, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return "", err
	}
	resp, err := likeWrk.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = resp.Body.Close() }()
	content, err := io.ReadAll(resp.Body)
	return string(content), err
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
