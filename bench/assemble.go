package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// order is that of the sections in RESULTS.md.
var order = []string{"week", "hits", "redis", "open", "mix", "cold", "entries", "replicas", "bodies", "connections", "trend"}

// assemble writes RESULTS.md from the tables of all sections that there are.
func assemble(dir string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# Results\n\n`make bench` writes this page; the raw samples of each section are in [results](results/).\n"+
		"%s. %s.\n", machine(), versions())
	for _, name := range order {
		content, err := os.ReadFile(filepath.Join(dir, name+".md")) //nolint:gosec // our own results
		if err == nil {
			fmt.Fprintf(&b, "\n%s", content)
		}
		if _, err := os.Stat(filepath.Join(dir, name+".svg")); err == nil {
			fmt.Fprintf(&b, "\n![%s](results/%s.svg)\n", name, name)
		}
	}
	if err := writeSizing(filepath.Join(dir, "..", "..", "docs", "sizing.md"), sizing(dir)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "..", "RESULTS.md"), []byte(b.String()), 0o644) //nolint:gosec // the repository has it
}

func machine() string {
	content, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(content), "model name")
	name, _, _ := strings.Cut(strings.TrimLeft(rest, "\t: "), "\n")
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return fmt.Sprintf("Machine: %s, %d processors, Linux %s, %s", name, strings.Count(string(content), "processor\t"),
		strings.TrimSpace(string(kernel)), time.Now().Format(time.DateOnly))
}

func versions() string {
	line := func(name string, args ...string) string {
		out, _ := exec.Command(name, args...).CombinedOutput() //nolint:gosec // fixed commands
		first, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
		return first
	}
	return strings.Join([]string{runtime.Version(), line("nginx", "-v"), line("varnishd", "-V"), line("redis-server", "--version")}, "; ")
}
