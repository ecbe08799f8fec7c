package client

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
)

// ErrListChanged is the error of All if the list changed while its pages were read, on each of four attempts. Replicas of the gateway that
// share no Redis look the same: each may have another state of the list.
var ErrListChanged = errors.New("client: the list changes faster than its pages can be read, or comes from replicas that share no Redis")

const (
	largestPage = 1000 // rows
	maxReads    = 4    // of a list
)

// Tabular is the parameters of a list or a trend. They have methods that only this package calls.
type Tabular[P any] interface {
	request(provider Provider) *request
	page(offset int, first bool) P // the same parameters for the page that begins with a row; first if no request came before it
}

// All returns an iterator over all rows of a list. It reads the list, such as c.Usages, in pages of Limit rows, 1,000 by default. Offset
// and IfNoneMatch of the parameters do not count. Only the first request has a no-cache of CacheControl.
//
// Pages with different LastModified or TotalCount come from different states of the list. The iterator then begins again, and yields no row
// before it has all pages of one state; see [ErrListChanged]. It yields an error once, as its last. Pages whose rows and TotalCount do not
// add up are an error.
//
// A trend is no such list; without a Limit, it has all its rows.
func All[P Tabular[P], T any](
	ctx context.Context, list func(context.Context, Provider, P) (*Response[[]T], error), provider Provider, params P,
) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var rows []T
		first := true
		page := func(offset int) (*Response[[]T], error) {
			params := params.page(offset, first)
			first = false
			return list(ctx, provider, params)
		}
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

// withoutNoCache returns a Cache-Control without its no-cache.
func withoutNoCache(control string) string {
	directives := strings.Split(control, ",")
	return strings.TrimSpace(strings.Join(slices.DeleteFunc(directives, func(directive string) bool {
		return strings.EqualFold(strings.TrimSpace(directive), "no-cache")
	}), ","))
}

// readPages returns the rows of all pages, or ErrListChanged.
func readPages[T any](page func(offset int) (*Response[[]T], error)) ([]T, error) {
	first, err := page(0)
	if err != nil {
		return nil, err
	}
	rows, next := first.Body, first
	for len(rows) < first.TotalCount {
		if next, err = page(len(rows)); err != nil {
			return nil, err
		}
		if !next.LastModified.Equal(first.LastModified) || next.TotalCount != first.TotalCount || len(next.Body) == 0 {
			return nil, ErrListChanged
		}
		if at := next.ContentLocation; at != "" && at == first.ContentLocation {
			return nil, fmt.Errorf("client: the page at row %d is the first one (Content-Location %s)", len(rows), at)
		}
		rows = append(rows, next.Body...)
	}
	if len(rows) > first.TotalCount {
		return nil, fmt.Errorf("client: the pages of a list have %d rows, more than its X-Total-Count of %q",
			len(rows), next.Header.Get("X-Total-Count"))
	}
	return rows, nil
}
