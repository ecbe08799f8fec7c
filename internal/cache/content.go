package cache

import (
	"crypto/sha256"
	"encoding/base64"
	"strconv"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// Content is a body as it is sent, with what is encoded and computed of it once. Readers share it.
type Content struct {
	Body []byte // as Rocket sent it, or what a cut left of it
	Gzip []byte // the same, encoded; nil where that saves nothing

	// Header values: they are the same for every caller who gets the body.
	ETag, Length, GzipLength []string

	sum [sha256.Size]byte // of Body
}

func newContent(body []byte) Content {
	c := Content{Body: body, Gzip: compress(body), sum: sha256.Sum256(body)}
	c.describe()
	return c
}

// describe fills the header values.
func (c *Content) describe() {
	c.ETag = []string{`W/"` + base64.RawURLEncoding.EncodeToString(c.sum[:16]) + `"`}
	c.Length = []string{strconv.Itoa(len(c.Body))}
	c.GzipLength = []string{strconv.Itoa(len(c.Gzip))}
}

// Cut makes of a body what some callers may see of it. Those with equal keys get the same; an empty key leaves the whole.
type Cut interface {
	Key() string
	Apply(body []byte) ([]byte, error)
}

// Cut gives the entry's content after a cut. It is remembered in memory, within the same bound as entries.
func (c *Cache) Cut(e *Entry, cut Cut) (*Content, error) {
	if cut.Key() == "" {
		return &e.Content, nil
	}
	key := query.Key(sha256.Sum256(append(e.sum[:], cut.Key()...)))
	if known := c.memory.get(key); known != nil {
		return &known.Content, nil
	}
	body, err := cut.Apply(e.Body)
	if err != nil {
		return nil, err
	}
	rest := &Entry{GoneAt: e.GoneAt, keptUntil: e.keptUntil}
	if len(body) == len(e.Body) { // nothing was cut away
		rest.Content, rest.lent = e.Content, true
	} else {
		rest.Content = newContent(body)
	}
	c.memory.set(key, rest)
	return &rest.Content, nil
}
