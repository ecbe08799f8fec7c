package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
	"github.com/rocket-gateway/rocket-gateway/internal/compose"
	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/shape"
	"github.com/rocket-gateway/rocket-gateway/internal/table"
)

// maxIndexes is how many bytes the indexes of lists take at most. One of 300 rows takes about 16 KB.
const maxIndexes = 32 << 20

// shaper selects what callers get of a list. It keeps the indexes of lists, which serve every selection, but no selection: callers
// can make up any number of them.
type shaper struct {
	slots   chan struct{} // one for each processor: more at once would only make each of them slower
	large   chan struct{} // for large bodies instead, so that small ones do not wait behind them
	timeout time.Duration // of a request
	indexes *otter.Cache[indexed, *index]
}

// indexed is everything that an index depends on.
type indexed struct {
	body     [sha256.Size]byte // its sum; of a trend, that of what it is made of
	endpoint *query.Endpoint
}

// index is the index of a list, or of the rows of a trend.
type index struct {
	*shape.Index
	trend *compose.Trend
}

func newShaper(timeout time.Duration) *shaper {
	return &shaper{
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)), large: make(chan struct{}, 1), timeout: timeout,
		indexes: otter.Must(&otter.Options[indexed, *index]{ // fails only if options contradict each other
			MaximumWeight: maxIndexes,
			Weigher: func(_ indexed, x *index) uint32 {
				if x.trend == nil {
					return uint32(x.Weight()) //nolint:gosec // see ROCKET_MAX_RESPONSE_BYTES
				}
				return uint32(x.Weight() + len(x.trend.Rows())) //nolint:gosec // as above
			},
		}),
	}
}

// largeBody is how many bytes are much more than lists have.
const largeBody = 1 << 20

// slot waits for a processor to shape so many bytes, and takes it until release. The request began some time ago.
func (s *shaper) slot(ctx context.Context, began time.Time, size int) (release func(), err error) {
	slots := s.slots
	if size > largeBody {
		slots = s.large
	}
	limited, cancel := context.WithTimeout(ctx, s.timeout-time.Since(began))
	defer cancel()
	select {
	case slots <- struct{}{}: // what holds it waits for nothing but a processor
		return func() { <-slots }, nil
	default:
	}
	select {
	case slots <- struct{}{}:
		return func() { <-slots }, nil
	case <-limited.Done():
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &fault.Error{
			Kind: fault.UpstreamUnavailable, RetryAfter: time.Second, Detail: "This gateway is busy with other requests. Send the request again.",
		}
	}
}

// shape returns what the query selects from a list, in its format, and sets the fields of its page. The error is that of the context, or
// of a body that is no list.
func (s *shaper) shape(
	w http.ResponseWriter, r *http.Request, began time.Time, q *query.Query, list cache.Filtered, f format,
) (cache.Filtered, error) {
	release, err := s.slot(r.Context(), began, len(list.Body))
	if err != nil {
		return cache.Filtered{}, err
	}
	defer release()
	body := list.Body
	if q.Selects() {
		index, err := s.list(r.Context(), q.Endpoint, list)
		if err != nil {
			return cache.Filtered{}, err
		}
		var total int
		body, total = index.Select(list.Body, q)
		setPage(w.Header(), r, q, total)
	}
	if f.csv {
		if body, err = table.Write(body, table.ListColumns(q.Endpoint), f.dialect); err != nil {
			return cache.Filtered{}, fault.InvalidList(err)
		}
	}
	return variant(r, list, body, body), nil
}

// setPage sets the fields of a page, if the query asks for one.
func setPage(h http.Header, r *http.Request, q *query.Query, total int) {
	if q.Most > 0 {
		h["X-Total-Count"] = []string{strconv.Itoa(total)}
		setLink(h, r.URL.RawQuery, q, total)
	}
}

// variant returns the content of a body that was made of another one for this request. The entity tag is that of tagged.
func variant(r *http.Request, of cache.Filtered, body, tagged []byte) cache.Filtered {
	made := of.Variant(body, tagged)
	if !matches(r.Header["If-None-Match"], made.ETag[0]) && acceptsGzip(r.Header["Accept-Encoding"]) {
		made.Compress()
	}
	return made
}

// list returns the index of a list.
func (s *shaper) list(ctx context.Context, e *query.Endpoint, list cache.Filtered) (*index, error) {
	return s.index(ctx, indexed{list.Sum, e}, func(context.Context, indexed) (*index, error) {
		made, err := shape.New(list.Body, e)
		if err != nil {
			return nil, fault.InvalidList(err)
		}
		return &index{Index: made}, nil
	})
}

// index returns what load makes. It is made once, and one that is larger than all may be together is not kept.
func (s *shaper) index(ctx context.Context, of indexed, load otter.LoaderFunc[indexed, *index]) (*index, error) {
	for {
		x, err := s.indexes.Get(ctx, of, load)
		if !errors.Is(err, context.Canceled) || ctx.Err() != nil {
			return x, err
		} // another caller, which has disconnected, had begun to make it
	}
}
