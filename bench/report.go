package main

import (
	"fmt"
	"io"
	"runtime"
	"strings"
)

// report writes the table: the cost of a request at each server, relative to the bare handler.
func report(w io.Writer, names []string, tables map[int]map[string]result) {
	fmt.Fprintf(w, "# Warm hits, side by side\n\n"+
		"One query, 64 kept-alive connections, %d processors, %s; medians of %d interleaved rounds of %s.\n"+
		"CPU is user and system time of all the server's processes for each request, relative to a bare net/http handler that writes\n"+
		"the same bytes; "+
		"`×` is requests per second relative to it. Below 1.00 is less work than the bare handler's.\n\n",
		runtime.NumCPU(), runtime.Version(), *rounds, *duration)
	fmt.Fprint(w, "| server |")
	for _, size := range sizes {
		fmt.Fprintf(w, " CPU, %s | × |", kilobytes(size))
	}
	fmt.Fprintf(w, "\n| --- |%s\n", strings.Repeat(" --- | --- |", len(sizes)))
	for _, name := range names {
		fmt.Fprintf(w, "| %s |", name)
		for _, size := range sizes {
			base, r := tables[size][names[0]], tables[size][name]
			fmt.Fprintf(w, " %.2f | %.2f |", r.cpu/base.cpu, r.perSecond/base.perSecond)
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "\nThe bare handler:")
	for _, size := range sizes {
		base := tables[size][names[0]]
		fmt.Fprintf(w, " %.0f µs and %.0f requests per second with %s;", base.cpu, base.perSecond, kilobytes(size))
	}
	fmt.Fprintln(w, " only the gateway with a token verifies one, narrows the query and checks parameters.")
}

func kilobytes(size int) string {
	if size >= 1<<20 {
		return fmt.Sprintf("%d MB", size>>20)
	}
	return fmt.Sprintf("%d KB", size>>10)
}
