package cache_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// half leaves the first half of a body, and counts how often.
type half struct {
	key     string
	applied int
	err     error
}

func (h *half) Key() string { return h.key }

func (h *half) Apply(body []byte) ([]byte, error) {
	h.applied++
	return body[:len(body)/2], h.err
}

func TestACutIsMadeOnce(t *testing.T) {
	body := `["` + strings.Repeat("x", 5000) + `"]`
	c := open(t, options(says(body)))
	e := get(t, c, june()).Entry
	one, other := &half{key: "one"}, &half{key: "other"}
	for range 3 {
		content, err := c.Cut(e, one)
		if err != nil || string(content.Body) != body[:len(body)/2] || content.ETag[0] == e.ETag[0] {
			t.Fatalf("%v: %s", err, content.ETag)
		}
		if content.Length[0] != "2502" || content.Gzip == nil {
			t.Errorf("length %s, %d bytes of gzip", content.Length[0], len(content.Gzip))
		}
	}
	if _, err := c.Cut(e, other); err != nil || one.applied != 1 || other.applied != 1 {
		t.Errorf("%v: applied %d and %d times", err, one.applied, other.applied)
	}
	if !bytes.Equal(e.Body, []byte(body)) {
		t.Error("the entry itself has changed")
	}
}

func TestNoCutIsTheWhole(t *testing.T) {
	c := open(t, options(says(`[1,2]`)))
	e := get(t, c, june()).Entry
	if content, err := c.Cut(e, &half{}); err != nil || content != &e.Content {
		t.Error(err)
	}
	whole := whole{}
	if content, err := c.Cut(e, whole); err != nil || content.ETag[0] != e.ETag[0] {
		t.Error(err)
	}
}

type whole struct{}

func (whole) Key() string                       { return "whole" }
func (whole) Apply(body []byte) ([]byte, error) { return body, nil }

func TestACutThatFailsIsNotKept(t *testing.T) {
	c := open(t, options(says(`[1,2]`)))
	e := get(t, c, june()).Entry
	broken := &half{key: "broken", err: errors.New("no list")}
	for range 2 {
		if content, err := c.Cut(e, broken); err == nil || content != nil {
			t.Error(content)
		}
	}
	if broken.applied != 2 {
		t.Error("a failure was kept")
	}
	var _ cache.Cut = broken
}
