package main

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// The metrics of a server under load.
const (
	perSecond = "requests/s"
	cpu       = "CPU µs" // of the server's processes for each request
)

var (
	completed = regexp.MustCompile(`(\d+) requests in`)
	rate      = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	failure   = regexp.MustCompile(`Non-2xx|Socket errors`)
)

const connections = 64

// load sends a query over the connections, or the queries of a script, and measures what that costs the server.
func (s *server) load(ctx context.Context, query, script string, header ...string) (requests, micros float64, err error) {
	args := []string{"-c", strconv.Itoa(cmp.Or(s.parallel, connections)), "-t", "1", "-d", fmt.Sprintf("%.0fs", duration.Seconds())}
	for _, h := range append(header, s.header...) {
		args = append(args, "-H", h)
	}
	if script != "" {
		args = append(args, "-s", script)
	}
	before := s.ticks()
	out, err := exec.CommandContext(ctx, "wrk", append(args, s.base+query)...).CombinedOutput() //nolint:gosec // our own servers
	used := s.ticks() - before
	n, per := completed.FindSubmatch(out), rate.FindSubmatch(out)
	if err != nil || n == nil || per == nil || failure.Match(out) {
		return 0, 0, fmt.Errorf("%s: wrk: %w: %s", s.name, err, out)
	}
	count, _ := strconv.ParseFloat(string(n[1]), 64)
	if count == 0 {
		return 0, 0, fmt.Errorf("%s served no request within %s: use a longer -duration", s.name, *duration)
	}
	requests, _ = strconv.ParseFloat(string(per[1]), 64)
	return requests, float64(used) * microsecondsPerTick / count, nil
}

const microsecondsPerTick = 1e6 / 100 // USER_HZ

// ticks returns the processor time that all processes of the server have used so far.
func (s *server) ticks() (sum int64) {
	for _, pid := range family(s.pid) {
		stat, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		fields := strings.Fields(rest)
		for _, field := range fields[11:13] { // utime, stime
			n, _ := strconv.ParseInt(field, 10, 64)
			sum += n
		}
	}
	return sum
}

// resident returns the memory of all processes of the server in bytes: VmRSS now, or VmHWM at most since resetPeak.
func (s *server) resident(field string) (sum float64) {
	for _, pid := range family(s.pid) {
		status, _ := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
		_, rest, _ := strings.Cut(string(status), "\n"+field+":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		n, _ := strconv.ParseFloat(fields[0], 64)
		sum += n * 1024
	}
	return sum
}

var inUse = regexp.MustCompile(`\ngo_memstats_(?:heap_alloc|stack_inuse)_bytes (\S+)`)

// collections is how often garbage is collected before memory is read: the first one leaves what pools have, and each halves stacks.
const collections = 4

// live returns the bytes of heap and stacks that a gateway has in use after garbage collections, NaN if it does not respond.
func (s *server) live(ctx context.Context) (sum float64) {
	for range collections {
		if _, err := get(ctx, s.admin+"/debug/pprof/heap?gc=1", nil); err != nil {
			return math.NaN()
		}
	}
	text, err := fetchText(ctx, s.admin+"/metrics")
	found := inUse.FindAllStringSubmatch(text, -1)
	if err != nil || len(found) != 2 {
		return math.NaN()
	}
	for _, one := range found {
		bytes, _ := strconv.ParseFloat(one[1], 64)
		sum += bytes
	}
	return sum
}

// resetPeak makes VmHWM begin anew.
func (s *server) resetPeak() {
	for _, pid := range family(s.pid) {
		_ = os.WriteFile(filepath.Join("/proc", strconv.Itoa(pid), "clear_refs"), []byte("5"), 0) // without it the peak is that since the start
	}
}

// family returns a process and all its descendants.
func family(pid int) []int {
	all := []int{pid}
	children, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, file := range children {
		content, _ := os.ReadFile(file) //nolint:gosec // of /proc
		for _, text := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(text); err == nil {
				all = append(all, family(child)...)
			}
		}
	}
	return all
}
