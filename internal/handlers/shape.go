package handlers

import (
	"context"
	"crypto/sha256"
	"net/http"
	"runtime"
	"strconv"

	"github.com/maypok86/otter/v2"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
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
	indexes *otter.Cache[indexed, *shape.Index]
}

// indexed is everything that an index depends on.
type indexed struct {
	body     [sha256.Size]byte // its sum
	endpoint *query.Endpoint
}

func newShaper() *shaper {
	return &shaper{
		slots: make(chan struct{}, runtime.GOMAXPROCS(0)),
		indexes: otter.Must(&otter.Options[indexed, *shape.Index]{ // fails only if options contradict each other
			MaximumWeight: maxIndexes,
			Weigher:       func(_ indexed, x *shape.Index) uint32 { return uint32(x.Weight()) }, //nolint:gosec // see ROCKET_MAX_RESPONSE_BYTES
		}),
	}
}

// slot waits for a processor, and takes it until release. The error is the context's.
func (s *shaper) slot(ctx context.Context) (release func(), err error) {
	select {
	case s.slots <- struct{}{}: // what holds it waits for nothing but a processor
		return func() { <-s.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// shape returns what the query selects from a list, in its format, and sets the fields of its page. The error is that of the context, or
// of a body that is no list.
func (s *shaper) shape(w http.ResponseWriter, r *http.Request, q *query.Query, list cache.Filtered, f format) (cache.Filtered, error) {
	release, err := s.slot(r.Context())
	if err != nil {
		return cache.Filtered{}, err
	}
	defer release()
	body := list.Body
	if q.Selects() {
		index, err := s.index(r.Context(), q.Endpoint, list)
		if err != nil {
			return cache.Filtered{}, err
		}
		var total int
		body, total = index.Select(list.Body, q)
		setPage(w.Header(), r, q, total)
	}
	if f.csv {
		if body, err = table.Write(body, table.ListColumns(q.Endpoint), f.dialect); err != nil {
			return cache.Filtered{}, noList(err)
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

func noList(err error) error {
	return &fault.Error{Kind: fault.UpstreamInvalidResponse, Detail: "Rocket's response is not a JSON array of rows.", Cause: err}
}

// index returns the index of a list, which is made once. One that is larger than all may be together is not kept.
func (s *shaper) index(ctx context.Context, e *query.Endpoint, list cache.Filtered) (*shape.Index, error) {
	return s.indexes.Get(ctx, indexed{list.Sum, e}, otter.LoaderFunc[indexed, *shape.Index](
		func(context.Context, indexed) (*shape.Index, error) {
			index, err := shape.New(list.Body, e)
			if err != nil {
				return nil, noList(err)
			}
			return index, nil
		}))
}
