package compose

import (
	"fmt"
	"strconv"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
)

// Month is the usages of one month, or of its first days. Body is a JSON array of usage rows.
type Month struct {
	Period, Start, End, State string // such as 2026-10, 2026-10-01, 2026-10-31, settling
	Body                      []byte
}

// Trend is the usages of some months, joined. It never changes.
type Trend struct {
	months     []Month // without their bodies
	comparable bool
	rows       []byte
	total      []byte // JSON
}

// NewTrend returns the trend of months, oldest first. isComparable is false if the last month is open and the one before has more days
// than it; then no row has a change. The error is that of a body that is no JSON array, or of rows that are larger together than any real ones.
func NewTrend(months []Month, isComparable bool) (*Trend, error) {
	t := &Trend{months: make([]Month, len(months)), comparable: isComparable}
	joined := &join{series: map[key]*series{}, totals: make([]decimal.Sum, len(months))}
	for i, m := range months {
		if err := joined.add(i, m.Body); err != nil {
			return nil, noList(fmt.Errorf("usages of %s: %w", m.Period, err))
		}
		m.Body = nil
		t.months[i] = m
	}
	w := &writer{comparable: isComparable, maxRows: maxRows, months: make([]decimal.Sum, len(months))}
	rows, err := w.rows(joined.sorted())
	if err != nil {
		return nil, err
	}
	t.rows, t.total = rows, w.total(joined.totals)
	return t, nil
}

// Rows returns all rows as a JSON array, ordered by id and then by resource_type, both bytewise.
func (t *Trend) Rows() []byte { return t.rows }

// Body returns the body of the trend with rows, a JSON array of some of Rows. tagged is what its entity tag is made of: the body
// without the states of the months, because a state alone is no change of the numbers. currency may be empty.
func (t *Trend) Body(currency string, rows []byte) (body, tagged []byte) {
	return t.body(currency, rows, true), t.body(currency, rows, false)
}

func (t *Trend) body(currency string, rows []byte, withStates bool) []byte {
	const perMonth, fixed = 128, 128 // bytes, about
	body := make([]byte, 0, fixed+perMonth*len(t.months)+len(rows)+len(t.total))
	body = append(appendCurrency(append(body, '{'), currency), `"months":[`...)
	for i, m := range t.months {
		if i > 0 {
			body = append(body, ',')
		}
		body = m.append(body, withStates)
	}
	body = strconv.AppendBool(append(body, `],"comparable":`...), t.comparable)
	body = append(append(body, `,"rows":`...), rows...)
	body = append(append(body, `,"total":`...), t.total...)
	return append(body, '}')
}

func (m *Month) append(body []byte, withState bool) []byte {
	body = appendText(append(body, `{"period":`...), m.Period)
	body = appendPeriod(append(body, ','), m.Start, m.End)
	if withState {
		body = appendState(body, m.State)
	}
	return append(body, '}')
}
