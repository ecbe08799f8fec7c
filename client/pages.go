package client

import (
	"errors"
	"iter"
)

// ErrListChanged is the error of an iterator over pages if the list changed while it was read, and did so again on every attempt.
var ErrListChanged = errors.New("client: the list changes faster than its pages can be read")

const (
	largestPage = 1000 // rows
	maxReads    = 4    // of a list
)

// allRows returns the rows of all pages. A page is read by its limit and offset. Pages with different Last-Modified come from different
// states of the list; so no row is yielded before all pages are of one.
func allRows[T any](limit int, page func(limit, offset int) (*Response[[]T], error)) iter.Seq2[T, error] {
	if limit == 0 {
		limit = largestPage
	}
	return func(yield func(T, error) bool) {
		var rows []T
		err := ErrListChanged
		for n := 0; n < maxReads && errors.Is(err, ErrListChanged); n++ {
			rows, err = readPages(limit, page)
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
func readPages[T any](limit int, page func(limit, offset int) (*Response[[]T], error)) (rows []T, err error) {
	first, err := page(limit, 0)
	if err != nil {
		return nil, err
	}
	rows = first.Body
	for offset := limit; offset < first.TotalCount; offset += limit {
		next, err := page(limit, offset)
		if err != nil {
			return nil, err
		}
		if !next.LastModified.Equal(first.LastModified) || next.TotalCount != first.TotalCount {
			return nil, ErrListChanged
		}
		rows = append(rows, next.Body...)
	}
	return rows, nil
}
