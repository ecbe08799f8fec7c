package cache_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// half leaves the first half of a body, and counts how often.
type half struct {
	key     string
	applied atomic.Int32
	err     error
}

func (h *half) Key() string { return h.key }

func (h *half) Apply(body []byte) ([]byte, error) {
	h.applied.Add(1)
	return body[:len(body)/2], h.err
}

// filter returns what a filter leaves of the entry of June.
func filter(t *testing.T, c *cache.Cache, e *cache.Entry, f cache.Filter) cache.Filtered {
	t.Helper()
	content, err := c.Filter(t.Context(), june().Key(), e, f)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestAFilterIsAppliedOnce(t *testing.T) {
	body := `["` + strings.Repeat("x", 5000) + `"]`
	c := open(t, options(returns(body)))
	e := get(t, c, june()).Entry
	one, other := &half{key: "one"}, &half{key: "other"}
	for range 3 {
		content := filter(t, c, e, one)
		if string(content.Body) != body[:len(body)/2] || content.ETag[0] == e.ETag[0] {
			t.Fatal(content.ETag)
		}
		if content.Length[0] != "2502" || content.Gzip == nil {
			t.Errorf("length %s, %d bytes of gzip", content.Length[0], len(content.Gzip))
		}
	}
	filter(t, c, e, other)
	if one.applied.Load() != 1 || other.applied.Load() != 1 {
		t.Errorf("applied %d and %d times", one.applied.Load(), other.applied.Load())
	}
	if !bytes.Equal(e.Body, []byte(body)) {
		t.Error("the entry itself has changed")
	}
}

// slow is a filter that takes a second.
type slow struct{ half }

func (s *slow) Apply(body []byte) ([]byte, error) {
	time.Sleep(time.Second)
	return s.half.Apply(body)
}

// Callers with the same filter share one application of it, which goes on if one of them leaves.
func TestConcurrentCallersShareAFilter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := open(t, options(returns(`[1,2]`)))
		e := get(t, c, june()).Entry
		f := &slow{half{key: "slow"}}
		ctx, leave := context.WithCancel(t.Context())
		go func() {
			if _, err := c.Filter(ctx, june().Key(), e, f); !errors.Is(err, context.Canceled) {
				t.Errorf("the caller that left: %v", err)
			}
		}()
		synctest.Wait()
		for range 100 {
			go func() {
				if content := filter(t, c, e, f); string(content.Body) != `[1` {
					t.Errorf("%s", content.Body)
				}
			}()
		}
		synctest.Wait()
		leave()
		synctest.Wait()
		time.Sleep(time.Second)
		synctest.Wait()
		if n := f.applied.Load(); n != 1 {
			t.Errorf("applied %d times", n)
		}
	})
}

func TestAnEmptyFilterLeavesTheWhole(t *testing.T) {
	c := open(t, options(returns(`[1,2]`)))
	e := get(t, c, june()).Entry
	if content := filter(t, c, e, &half{}); content.Content != &e.Content || content.LastModified[0] != e.LastModified[0] {
		t.Error(content)
	}
	if content := filter(t, c, e, whole{}); content.ETag[0] != e.ETag[0] || content.LastModified[0] != e.LastModified[0] {
		t.Error(content)
	}
}

type whole struct{}

func (whole) Key() string                       { return "whole" }
func (whole) Apply(body []byte) ([]byte, error) { return body, nil }

func TestAFailedFilterIsNotStored(t *testing.T) {
	c := open(t, options(returns(`[1,2]`)))
	e := get(t, c, june()).Entry
	broken := &half{key: "broken", err: errors.New("no list")}
	for range 2 {
		if content, err := c.Filter(t.Context(), june().Key(), e, broken); err == nil || content.Content != nil {
			t.Error(content)
		}
	}
	if broken.applied.Load() != 2 {
		t.Error("a failure was stored")
	}
}
