package shape

import (
	"bytes"
	"slices"
)

// corpus has the folded texts of all rows one after another, so that a search is one pass over them.
type corpus struct {
	text []byte
	ends []uint32 // by row
}

// border follows each text. It is in no UTF-8 text, so that nothing is found across it.
const border = 0xff

// add adds the text of the next row. A row without a text takes no bytes, not even a border: nothing is found in it.
func (c *corpus) add(t *texts, value []byte) {
	if text, ok := decoded(value); ok {
		c.text = append(append(c.text, t.folded(text)...), border)
	}
	c.ends = append(c.ends, uint32(len(c.text))) //nolint:gosec // ROCKET_MAX_RESPONSE_BYTES
}

// search returns the rows whose text contains a caller's text, in order; all rows for the empty text.
func (c *corpus) search(text string) []uint32 {
	found := make([]uint32, 0, len(c.ends))
	if text == "" {
		for row := range c.ends {
			found = append(found, uint32(row))
		}
		return found
	}
	t := borrowTexts()
	defer t.giveBack()
	sought := t.folded([]byte(text))
	for from := 0; from < len(c.text); {
		at := bytes.Index(c.text[from:], sought)
		if at < 0 {
			break
		}
		row, _ := slices.BinarySearch(c.ends, uint32(from+at+1)) //nolint:gosec // as in add
		found = append(found, uint32(row))                       //nolint:gosec // as in add
		from = int(c.ends[row])
	}
	return found
}
