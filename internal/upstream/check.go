package upstream

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

// check returns content if it is a response body of endpoint e. For a list, null is the same as [], which it returns instead.
// Any other body is an UpstreamInvalidResponse. Values are not checked, and duplicate member names are allowed: the row filter
// judges those.
func check(content []byte, contentType string, e *query.Endpoint) ([]byte, error) {
	if err := checkType(contentType); err != nil {
		return nil, err
	}
	if err := checkStart(content); err != nil {
		return nil, err
	}
	if !utf8.Valid(content) {
		return nil, invalid("Rocket's response is not valid UTF-8.")
	}
	// The checker reads content in place. AllowInvalidUTF8 admits escapes of lone surrogates alone, which are valid JSON.
	d := jsontext.NewDecoder(bytes.NewBuffer(content), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	c := checker{Decoder: d, required: e.Required}
	null, err := c.body(e.Shape)
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return nil, known
	case err != nil: // its text may quote the body
		return nil, invalid("Rocket's response is not valid JSON after byte " + strconv.FormatInt(c.InputOffset(), 10) + ".")
	case null:
		return []byte("[]"), nil
	}
	return content, nil
}

// checkStart returns an error for a body that is empty or begins with a byte order mark.
func checkStart(content []byte) error {
	switch {
	case len(bytes.TrimLeft(content, " \t\r\n")) == 0:
		return invalid("Rocket's response is empty.")
	case bytes.HasPrefix(content, []byte("\xef\xbb\xbf")):
		return invalid("Rocket's response begins with a byte order mark, which JSON forbids. Rocket must send it without.")
	default:
		return nil
	}
}

// checker reads a body once and compares it with the shape that it must have.
type checker struct {
	*jsontext.Decoder
	required []string
	name     []byte // of the last member
	row      int    // of a list, from 1; 0: the object itself
}

// body reads the outermost value and the end. null reports whether the value is the null that stands for an empty list.
func (c *checker) body(shape query.Shape) (null bool, err error) {
	switch null = c.PeekKind() == jsontext.KindNull && shape != query.Object; {
	case null:
		_, err = c.ReadToken()
	case shape == query.Object:
		err = c.object()
	default:
		err = c.list()
	}
	if err != nil {
		return null, err
	}
	switch _, err = c.ReadToken(); {
	case errors.Is(err, io.EOF):
		return null, nil
	case err == nil:
		err = invalid("Rocket's response has more than one JSON value.")
	}
	return null, err
}

// list reads a value, which must be an array of objects with the required members.
func (c *checker) list() error {
	if err := c.begin(jsontext.KindBeginArray); err != nil {
		return err
	}
	for c.row = 1; c.PeekKind() != jsontext.KindEndArray; c.row++ {
		if err := c.object(); err != nil {
			return err
		}
	}
	_, err := c.ReadToken()
	return err
}

// object reads a value, which must be an object with the required members.
func (c *checker) object() error {
	if err := c.begin(jsontext.KindBeginObject); err != nil {
		return err
	}
	found := 0 // a bit for each required member
	for c.PeekKind() != jsontext.KindEndObject {
		name, err := c.ReadValue()
		if err != nil {
			return err
		}
		c.name, _ = jsontext.AppendUnquote(c.name[:0], name) // the error is that of a lone surrogate, which no member has
		for i, member := range c.required {
			if string(c.name) == member {
				found |= 1 << i
			}
		}
		if err := c.SkipValue(); err != nil {
			return err
		}
	}
	for i, member := range c.required {
		if found&(1<<i) == 0 {
			return c.fail("has no member " + member + ".")
		}
	}
	_, err := c.ReadToken()
	return err
}

// begin reads the first token of an object or an array.
func (c *checker) begin(want jsontext.Kind) error {
	kind := c.PeekKind()
	if _, err := c.ReadToken(); err != nil {
		return err
	}
	if kind != want {
		return c.fail("is " + kinds[kind] + ", not " + kinds[want] + ".")
	}
	return nil
}

func (c *checker) fail(reason string) error {
	if c.row == 0 {
		return invalid("Rocket's response " + reason)
	}
	return invalid("Row " + strconv.Itoa(c.row) + " of Rocket's response " + reason)
}

// kinds are the kinds of values with their articles.
var kinds = map[jsontext.Kind]string{
	jsontext.KindNull: "null", jsontext.KindTrue: "a boolean", jsontext.KindFalse: "a boolean", jsontext.KindString: "a string",
	jsontext.KindNumber: "a number", jsontext.KindBeginObject: "an object", jsontext.KindBeginArray: "an array",
}

// jsonTypes are the media types that may be JSON: some servers send it as plain text.
var jsonTypes = []string{"application/json", "text/json", "text/plain"}

// checkType returns an error if a content type excludes JSON. A body without a type may be JSON.
func checkType(contentType string) error {
	if contentType == "" {
		return nil
	}
	media, _, err := mime.ParseMediaType(contentType)
	switch {
	case err == nil && (slices.Contains(jsonTypes, media) || strings.HasSuffix(media, "+json")):
		return nil
	case media == "text/html":
		return invalid("Rocket's response is an HTML page, not JSON. It may come from a proxy, or ROCKET_URL is wrong.")
	default:
		return invalid("Rocket's response has a Content-Type that is not JSON's.")
	}
}
