package compose

import (
	"strconv"

	"github.com/rocket-gateway/rocket-gateway/internal/decimal"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// amounts are the members of usage rows that sums are made of.
var amounts = []string{"last", "actual", "forecast"}

// Top returns the body of usages/top. list has all usage rows of the caller and top some of them; both are JSON arrays. currency may
// be empty. The error is that of a body that is no JSON array.
func Top(list, top []byte, currency string) ([]byte, error) {
	total, err := sum(list)
	if err != nil {
		return nil, err
	}
	chosen, err := sum(top)
	if err != nil {
		return nil, err
	}
	all := total.appendJSON(nil)
	total.remove(chosen)
	body := appendCurrency([]byte("{"), currency)
	body = append(append(body, `"rows":`...), top...)
	body = total.appendJSON(append(body, `,"others":`...))
	body = append(append(body, `,"total":`...), all...)
	return append(body, '}'), nil
}

// sums are how many rows there are, and the sums of their amounts.
type sums struct {
	rows    int
	amounts [3]decimal.Sum // in the order of amounts
}

// sum returns the sums of a JSON array of rows.
func sum(list []byte) (*sums, error) {
	s := &sums{}
	for row, err := range rows.Scan(list, amounts...) {
		if err != nil {
			return nil, noList(err)
		}
		s.rows++
		for i, value := range row.Values {
			s.amounts[i].Add(value)
		}
	}
	return s, nil
}

// remove removes rows that are among those of s.
func (s *sums) remove(some *sums) {
	s.rows -= some.rows
	for i := range s.amounts {
		s.amounts[i].SubSum(&some.amounts[i])
	}
}

func (s *sums) appendJSON(body []byte) []byte {
	body = strconv.AppendInt(append(body, `{"count":`...), int64(s.rows), 10)
	for i, name := range amounts {
		body = append(append(append(body, `,"`...), name...), `":`...)
		body = s.amounts[i].AppendJSON(body)
	}
	return append(body, '}')
}
