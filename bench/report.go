package main

import (
	"fmt"
	"slices"
	"strings"
)

// median returns the median, and the half of the distance between the quartiles as a part of it.
func median(values []float64) (middle, spread float64) {
	if len(values) == 0 {
		return 0, 0
	}
	sorted := slices.Sorted(slices.Values(values))
	at := func(part int) float64 { return sorted[(len(sorted)-1)*part/4] }
	middle = at(2)
	if middle > 0 {
		spread = (at(3) - at(1)) / 2 / middle
	}
	return middle, spread
}

// middle returns the median of a metric.
func (s samples) middle(series, x, metric string) float64 {
	m, _ := median(s.of(series, x, metric))
	return m
}

// names returns the different values of a field, in the order of their first sample.
func (s samples) names(field func(sample) string) (all []string) {
	for _, one := range s {
		if name := field(one); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

func seriesOf(s sample) string { return s.series }

func xOf(s sample) string { return s.x }

// table has a row for each series and a column for each x.
func (s samples) table(corner string, cell func(series, x string) string) string {
	var b strings.Builder
	columns := s.names(xOf)
	fmt.Fprintf(&b, "| %s | %s |\n| --- |%s\n", corner, strings.Join(columns, " | "), strings.Repeat(" --- |", len(columns)))
	for _, series := range s.names(seriesOf) {
		fmt.Fprintf(&b, "| %s |", series)
		for _, x := range columns {
			fmt.Fprintf(&b, " %s |", cell(series, x))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// relative returns a cell with the median relative to that of the bare handler, and the spread.
func (s samples) relative(metric string) func(series, x string) string {
	return func(series, x string) string {
		m, spread := median(s.of(series, x, metric))
		if m == 0 {
			return ""
		}
		return fmt.Sprintf("%.2f ± %.0f %%", m/s.middle(bareName, x, metric), 100*spread)
	}
}

func reportHits(raw samples) string {
	return fmt.Sprintf("## Warm hits\n\n"+
		"One query, %d kept-alive connections, medians of %d interleaved rounds of %s, ± half the distance of the quartiles.\n"+
		"The servers have one processor, the load the other. **CPU is user and system time of all processes of the server for each request,\n"+
		"relative to the bare net/http handler** that writes the same bytes. The gateway with JWT, and nginx with njs,\n"+
		"verify an HS256 token, decide by the caller, and write JSON lines to /dev/null; the gateway also checks parameters and narrows\n"+
		"the query.\n\n",
		connections, *rounds, *duration) + raw.table("CPU", raw.relative(cpu)) +
		"\nRequests per second, relative to the same handler:\n\n" + raw.table("requests/s", raw.relative(perSecond)) +
		"\nThe bare handler in absolute terms:\n\n" + raw.bareTable()
}

func (s samples) bareTable() string {
	only := slices.DeleteFunc(slices.Clone(s), func(one sample) bool { return one.series != bareName })
	return only.table("", func(series, x string) string {
		return fmt.Sprintf("%.1f µs, %.0f/s", s.middle(series, x, cpu), s.middle(series, x, perSecond))
	})
}

func kilobytes(size int) string {
	if size >= 1<<20 {
		return fmt.Sprintf("%d MB", size>>20)
	}
	return fmt.Sprintf("%d KB", size>>10)
}
