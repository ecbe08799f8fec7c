package client

import (
	"context"
	"errors"
	"iter"
)

// ErrListChanged is the error of All if the list changed while its pages were read, on each of four attempts.
var ErrListChanged = errors.New("client: the list changes faster than its pages can be read")

const (
	largestPage = 1000 // rows
	maxReads    = 4    // of a list
)

// Tabular is the parameters of a list or a trend. They have methods that only this package calls.
type Tabular[P any] interface {
	request(provider Provider) *request
	page(offset int) P // the same parameters for the page that begins with a row
}

// All returns an iterator over all rows of a list. It reads the list, such as c.Usages, in pages of Limit rows, 1,000 by default. Offset
// and IfNoneMatch of the parameters do not count.
//
// Pages with different LastModified come from different states of the list. The iterator then begins again, and yields no row before it has
// all pages of one state. It yields an error once, as its last.
func All[P Tabular[P], T any](
	ctx context.Context, list func(context.Context, Provider, P) (*Response[[]T], error), provider Provider, params P,
) iter.Seq2[T, error] {
	page := func(offset int) (*Response[[]T], error) { return list(ctx, provider, params.page(offset)) }
	return func(yield func(T, error) bool) {
		var rows []T
		err := ErrListChanged
		for n := 0; n < maxReads && errors.Is(err, ErrListChanged); n++ {
			rows, err = readPages(page)
		}
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// readPages returns the rows of all pages, or ErrListChanged.
func readPages[T any](page func(offset int) (*Response[[]T], error)) ([]T, error) {
	first, err := page(0)
	if err != nil {
		return nil, err
	}
	rows := first.Body
	for len(rows) < first.TotalCount {
		next, err := page(len(rows))
		if err != nil {
			return nil, err
		}
		if !next.LastModified.Equal(first.LastModified) || len(next.Body) == 0 {
			return nil, ErrListChanged
		}
		rows = append(rows, next.Body...)
	}
	return rows, nil
}
