package shape

import (
	"bytes"
	"slices"
)

// arena has the texts of all rows one after another: a slice for each would take more than most texts do.
type arena struct {
	text []byte
	ends []uint32 // by row
}

// end ends the text of the current row.
func (a *arena) end() { a.ends = append(a.ends, uint32(len(a.text))) } //nolint:gosec // ROCKET_MAX_RESPONSE_BYTES

// at returns the text of a row.
func (a *arena) at(row uint32) []byte {
	if row == 0 {
		return a.text[:a.ends[0]]
	}
	return a.text[a.ends[row-1]:a.ends[row]]
}

// corpus has the folded texts, so that a search is one pass over them.
type corpus struct{ arena }

// border follows each text. It is in no UTF-8 text, so that nothing is found across it.
const border = 0xff

// add adds the text of the next row. A row without a text takes no bytes, not even a border: nothing is found in it.
func (c *corpus) add(t *texts, value []byte) {
	if text, ok := decoded(value); ok {
		c.text = append(append(c.text, t.folded(text)...), border)
	}
	c.end()
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
