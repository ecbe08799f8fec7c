package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// result is one measurement.
type result struct {
	perSecond float64 // requests
	cpu       float64 // microseconds of the server's processes for each request
}

var (
	completed = regexp.MustCompile(`(\d+) requests in`)
	rate      = regexp.MustCompile(`Requests/sec:\s+([\d.]+)`)
	failure   = regexp.MustCompile(`Non-2xx|Socket errors`)
)

// load sends the query over 64 connections and measures what that costs the server.
func (s *server) load(ctx context.Context) (result, error) {
	args := []string{"-c", "64", "-t", "1", "-d", duration.String()}
	for _, h := range s.header {
		args = append(args, "-H", h)
	}
	before := s.ticks()
	out, err := exec.CommandContext(ctx, "wrk", append(args, s.url)...).CombinedOutput() //nolint:gosec // our own servers
	used := s.ticks() - before
	n, per := completed.FindSubmatch(out), rate.FindSubmatch(out)
	if err != nil || n == nil || per == nil || failure.Match(out) {
		return result{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	requests, _ := strconv.ParseFloat(string(n[1]), 64)
	perSecond, _ := strconv.ParseFloat(string(per[1]), 64)
	return result{perSecond: perSecond, cpu: float64(used) * microsecondsPerTick / requests}, nil
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
