package main

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strconv"
)

// sample is one raw measurement. A section has its samples in results/<section>.csv, and its tables in results/<section>.md.
type sample struct {
	series string // what is measured: a server, or a policy
	x      string // with what: a body, a number of callers
	metric string
	round  int
	value  float64
}

// samples are those of a section.
type samples []sample

func (s *samples) add(series, x, metric string, round int, value float64) {
	*s = append(*s, sample{series, x, metric, round, value})
}

// of returns the values of a metric, one for each round.
func (s samples) of(series, x, metric string) (values []float64) {
	for _, one := range s {
		if one.series == series && one.x == x && one.metric == metric {
			values = append(values, one.value)
		}
	}
	return values
}

// load reads the samples of a section, none if it was not measured.
func load(dir, section string) (s samples) {
	f, err := os.Open(filepath.Join(dir, section+".csv")) //nolint:gosec // our own results
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	rows, _ := csv.NewReader(f).ReadAll() // what cannot be read was not measured
	for _, row := range rows[min(1, len(rows)):] {
		round, _ := strconv.Atoi(row[3])
		value, _ := strconv.ParseFloat(row[4], 64)
		s.add(row[0], row[1], row[2], round, value)
	}
	return s
}

// save writes both files of a section.
func (s samples) save(dir, section, tables string) error {
	f, err := os.Create(filepath.Join(dir, section+".csv")) //nolint:gosec // our own results
	if err != nil {
		return err
	}
	w := csv.NewWriter(f)
	_ = w.Write([]string{"series", "x", "metric", "round", "value"})
	for _, one := range s {
		value := strconv.FormatFloat(one.value, 'g', 6, 64)
		_ = w.Write([]string{one.series, one.x, one.metric, strconv.Itoa(one.round), value})
	}
	w.Flush()
	err = errors.Join(w.Error(), f.Close())
	return errors.Join(err, os.WriteFile(filepath.Join(dir, section+".md"), []byte(tables), 0o644)) //nolint:gosec // the repository has it
}
