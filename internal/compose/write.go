package compose

import (
	"bytes"
	"context"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

const (
	// maxRows is how many bytes the rows of a trend take at most. Those of real amounts take about as many as the bodies that they are
	// made of. But the sum of 1e400 and 1e-400 has 801 digits, and 32 MiB of bodies have a million such numbers.
	maxRows = 128 << 20

	// maxRatioDigits is how many digits a change_ratio has after the decimal point at most.
	maxRatioDigits = 4
)

// writer writes the rows of a trend. Its numbers are memory for one row after another.
type writer struct {
	comparable    bool
	maxRows       int           // bytes
	months        []decimal.Sum // of one row
	sum           decimal.Sum
	change, ratio decimal.Decimal
}

// rows returns a JSON array of rows. Appending them to one text would take several times its memory while it grows.
func (w *writer) rows(ctx context.Context, all []*series) ([]byte, error) {
	written, row, size := make([][]byte, len(all)), []byte(nil), 0
	for i, s := range all {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row = w.row(row[:0], s)
		if size += len(row); size > w.maxRows {
			return nil, &fault.Error{
				Kind:   fault.UpstreamInvalidResponse,
				Detail: "The rows of this trend would take more than 128 MiB. Ask for fewer months or ids.",
			}
		}
		written[i] = bytes.Clone(row)
	}
	return rows.Join(written), nil
}

func (w *writer) row(body []byte, s *series) []byte {
	separator := byte('{')
	for i, name := range texts {
		body = append(append(append(body, separator, '"'), name...), `":`...)
		body = appendValue(body, s.texts[i])
		separator = ','
	}
	body = w.actual(append(body, `,"actual":[`...), s.actual)
	return append(w.changes(append(body, ']'), w.months), '}')
}

// actual appends what each month has: Rocket's digits of a single number, a sum of several. It leaves the sums in w.months.
func (w *writer) actual(body []byte, all []amount) []byte {
	for month := range w.months {
		w.months[month].Reset()
	}
	for _, a := range all {
		w.months[a.month].Add(a.value)
	}
	for month := range w.months {
		if month > 0 {
			body = append(body, ',')
		}
		sum := &w.months[month]
		if sum.Numbers == 1 {
			body = append(body, all[0].value...)
		} else {
			body = sum.AppendJSON(body)
		}
		all = all[sum.Numbers:]
	}
	return body
}

// total returns the member total of a trend: the sums of the months of all rows, and what follows from them.
func (w *writer) total(months []decimal.Sum) []byte {
	body := []byte(`{"actual":[`)
	for month := range months {
		if month > 0 {
			body = append(body, ',')
		}
		body = months[month].AppendJSON(body)
	}
	return append(w.changes(append(body, ']'), months), '}')
}

// changes appends the members total, change and change_ratio.
func (w *writer) changes(body []byte, months []decimal.Sum) []byte {
	w.sum.Reset()
	for month := range months {
		if months[month].Numbers > 0 {
			w.sum.AddSum(&months[month])
		}
	}
	body = w.sum.AppendJSON(append(body, `,"total":`...))
	if n := len(months); w.comparable && n >= 2 && months[n-1].Numbers+months[n-2].Numbers > 0 {
		return w.changed(body, &months[n-2], &months[n-1])
	}
	return append(body, `,"change":null,"change_ratio":null`...)
}

// changed appends the change from one month to the next one. A month without a number counts as 0, but has no ratio.
func (w *writer) changed(body []byte, before, last *decimal.Sum) []byte {
	w.change.Sub(&last.Value, &before.Value)
	body = w.change.Append(append(body, `,"change":`...))
	if body = append(body, `,"change_ratio":`...); before.Value.IsZero() {
		return append(body, "null"...)
	}
	w.ratio.Quo(&w.change, &before.Value, maxRatioDigits)
	return w.ratio.Append(body)
}
