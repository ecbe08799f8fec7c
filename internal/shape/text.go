package shape

import (
	"bytes"
	"sync"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/collate"
	"golang.org/x/text/language"
	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
	"github.com/rocket-gateway/rocket-gateway/internal/rows"
)

// texts makes what texts compare by. It is slow to build and not safe for concurrent use.
type texts struct {
	collator *collate.Collator
	buffer   collate.Buffer
	folding  transform.Transformer
}

var pool = sync.Pool{New: func() any {
	return &texts{
		collator: collate.New(language.Und, collate.Loose),
		folding:  transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.M)), cases.Fold()),
	}
}}

func borrowTexts() *texts { return pool.Get().(*texts) }

func (t *texts) giveBack() { pool.Put(t) }

// key returns what a JSON value of the member sorts by, as bytes; nil if it has no value of the member's type.
func (t *texts) key(m query.Member, value []byte) []byte {
	switch {
	case m.Number:
		return numberKey(value)
	case m.Sum:
		return sumKey(value)
	}
	text, ok := decoded(value)
	if !ok {
		return nil
	}
	t.buffer.Reset()
	return append([]byte{}, t.collator.Key(&t.buffer, text)...)
}

// decoded returns what a JSON string stands for, with U+FFFD in place of what is no text, and reports whether the value is a string.
func decoded(value []byte) (text []byte, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	text, _ = rows.Text(value)
	return bytes.ToValidUTF8(text, []byte("\uFFFD")), true
}

// folded returns text as searches compare it: after NFKD, removal of marks and case folding.
func (t *texts) folded(text []byte) []byte {
	if isASCII(text) {
		return bytes.ToLower(text)
	}
	folded, _, _ := transform.Bytes(t.folding, text) // its parts replace what is not valid
	return folded
}

func isASCII(text []byte) bool {
	for _, c := range text {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
