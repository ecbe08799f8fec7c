package main

import (
	"fmt"
	"os"
	"strings"
)

// utilized is the part of a processor that the rules plan with.
const utilized = 0.6

// sizing returns rules for operators by the samples in dir, or "" unless all sections that they need were measured.
func sizing(dir string) string {
	hits, entries, bodies := load(dir, "hits"), load(dir, "entries"), load(dir, "bodies")
	conns, replicas, trend := load(dir, "connections"), load(dir, "replicas"), load(dir, "trend")
	for _, s := range []samples{hits, entries, bodies, conns, replicas, trend} {
		if len(s) == 0 {
			return ""
		}
	}
	var b strings.Builder
	b.WriteString("| what | takes | so one processor, Redis or GiB suffices for |\n| --- | --- | --- |\n")
	processor := func(what string, micros float64) {
		fmt.Fprintf(&b, "| %s | %.0f µs of one processor | %.0f each second, at %.0f %% |\n", what, micros, utilized*1e6/micros, 100*utilized)
	}
	memory := func(what string, bytes float64) {
		fmt.Fprintf(&b, "| %s | %.1f KiB of memory | %.0f |\n", what, bytes/1024, (1<<30)/bytes)
	}
	for _, x := range []string{"1 KB", "20 KB", "1 MB"} {
		processor("a hit of "+x, hits.middle(gatewayName, x, cpu))
	}
	processor("a hit on a trend of 12 months of 20 KB", trend.middle(gatewayName, "12", cpu))
	memory("an entry of 1 KB", entries.middle(gatewayName, "100000", "memory of one more, bytes"))
	memory("an entry of 1 MB", bodies.middle(gatewayName, "1048576", "memory of an entry, bytes"))
	memory("an idle connection", conns.middle(gatewayName, "9900", "memory of one more, bytes"))
	for _, event := range []string{"idle, each second", "miss", "miss, all replicas at once"} {
		commands, bytes := replicas.middle(event, "16", "commands"), replicas.middle(event, "16", "bytes")
		fmt.Fprintf(&b, "| 16 replicas: %s | %.0f commands and %.0f KB of Redis | %.0f each second, of %d commands |\n",
			event, commands, bytes/1000, redisCommands/commands, redisCommands)
	}
	return b.String()
}

// redisCommands is a cautious rate for one Redis on one processor, with scripts among the commands.
const redisCommands = 40_000

const (
	sizingBegin = "<!-- sizing:begin -->"
	sizingEnd   = "<!-- sizing:end -->"
)

// writeSizing puts the rules between their marks in a page, if there are any.
func writeSizing(page, rules string) error {
	if rules == "" {
		return nil
	}
	content, err := os.ReadFile(page) //nolint:gosec // our own documentation
	if err != nil {
		return err
	}
	before, rest, began := strings.Cut(string(content), sizingBegin)
	_, after, ended := strings.Cut(rest, sizingEnd)
	if !began || !ended {
		return fmt.Errorf("%s lacks %s and %s", page, sizingBegin, sizingEnd)
	}
	text := before + sizingBegin + "\n\n" + rules + "\n" + sizingEnd + after
	return os.WriteFile(page, []byte(text), 0o644) //nolint:gosec // the repository has it
}
