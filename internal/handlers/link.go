package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const maxLink = 2048 // bytes; a longer Link field is left out

// setLink sets the Link field (RFC 8288) of a page: the caller's own query with other offsets, as references relative to the path.
func setLink(h http.Header, raw string, q *query.Query, total int) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return // more pairs than net/url reads, all but a few of them empty
	}
	for name, list := range values {
		if len(list) == 1 && list[0] == "" || name == "offset" {
			delete(values, name)
		}
	}
	same := strings.ReplaceAll(values.Encode(), "+", "%20") // a literal plus sign is %2B
	var field []byte
	link := func(relation string, offset int) {
		if len(field) > 0 {
			field = append(field, ", "...)
		}
		field = append(append(field, "<?"...), same...)
		field = append(strconv.AppendInt(append(field, "&offset="...), int64(offset), 10), `>; rel="`...)
		field = append(append(field, relation...), '"')
	}
	link("first", 0)
	if total > 0 {
		last := (total - 1) / q.Most * q.Most
		if q.First > 0 {
			link("prev", min(max(0, q.First-q.Most), last))
		}
		if q.First+q.Most < total {
			link("next", q.First+q.Most)
		}
		link("last", last)
	}
	if len(field) <= maxLink {
		h["Link"] = []string{string(field)}
	}
}
