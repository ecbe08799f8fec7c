// Command plot draws the pictures of bench's raw samples. Its argument is their directory. It is a separate module, so that the
// gateway's modules do not depend on the library that draws.
package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: plot <directory of the samples>")
		os.Exit(2)
	}
	for _, p := range pictures {
		if err := p.draw(os.Args[1]); err != nil {
			fmt.Fprintf(os.Stderr, "plot: %s: %v\n", p.section, err)
			os.Exit(1)
		}
	}
}

// picture is drawn from the samples of a section.
type picture struct {
	section, title, xLabel, yLabel string
	metric                         string
	relativeTo                     string   // the series that is 1 in bars; empty: lines
	columns                        []string // of bars: the x that are shown
	linear                         bool     // axes of lines: else logarithmic
}

var pictures = []picture{
	{section: "hits", title: "CPU of a warm hit, relative to bare net/http", yLabel: "less is better",
		metric: "CPU µs", relativeTo: "bare net/http", columns: []string{"1 KB", "20 KB", "20 KB gzip", "1 MB"}},
	{section: "week", title: "Requests to Rocket in the same week", xLabel: "hour of the week", yLabel: "requests so far",
		metric: "requests so far", linear: true},
	{section: "entries", title: "Entries of 1 KB in one gateway", xLabel: "entries", yLabel: "bytes in use", metric: "memory, bytes"},
	{section: "replicas", title: "Commands of an event at one Redis", xLabel: "replicas", yLabel: "commands", metric: "commands"},
	{section: "bodies", title: "CPU of a hit by the size of the body", xLabel: "bytes", yLabel: "µs", metric: "CPU µs"},
	{section: "connections", title: "Idle connections to one gateway", xLabel: "connections", yLabel: "resident bytes", metric: "memory, bytes"},
	{section: "trend", title: "CPU of a hit on a trend", xLabel: "months", yLabel: "µs", metric: "CPU µs"},
}

// draw writes the picture, if the section was measured.
func (p picture) draw(dir string) error {
	data, err := read(filepath.Join(dir, p.section+".csv"), p.metric)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	form := p.lines
	if p.relativeTo != "" {
		form = p.bars
	}
	drawn, err := form(data)
	if err != nil {
		return err
	}
	return drawn.Save(width, height, filepath.Join(dir, p.section+".svg"))
}

// data is the samples of one metric.
type data struct {
	series, xs []string // in their order
	values     map[[2]string][]float64
}

func read(file, metric string) (*data, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, err
	}
	d := &data{values: map[[2]string][]float64{}}
	for _, row := range rows[1:] {
		series, x := row[0], row[1]
		value, err := strconv.ParseFloat(row[4], 64)
		if err != nil {
			return nil, err
		}
		if row[2] != metric {
			continue
		}
		d.series, d.xs = once(d.series, series), once(d.xs, x)
		d.values[[2]string{series, x}] = append(d.values[[2]string{series, x}], value)
	}
	return d, nil
}

func once(all []string, one string) []string {
	if slices.Contains(all, one) {
		return all
	}
	return append(all, one)
}

// median returns the median of a series at x, and reports whether there is one.
func (d *data) median(series, x string) (float64, bool) {
	values := slices.Sorted(slices.Values(d.values[[2]string{series, x}]))
	if len(values) == 0 {
		return 0, false
	}
	return values[len(values)/2], true
}
