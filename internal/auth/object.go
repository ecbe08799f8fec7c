package auth

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// maxMembers bounds the members of one JSON object; the search for doubled ones takes its square.
const maxMembers = 100

// member is one name of a JSON object with its value, as it stands in the text.
type member struct {
	name  string
	value json.RawMessage
}

// object is a JSON object in which no name stands twice: parsers differ in which of two they take, and so would we and the
// issuer. Names are compared exactly, where encoding/json would take EXP for exp.
type object []member

var (
	errNotObject = errors.New("is not a JSON object in UTF-8")
	errTooMany   = errors.New("has more than " + strconv.Itoa(maxMembers) + " members")
	errDoubled   = errors.New("has a member twice")
)

// readObject reads a whole text.
func readObject(text []byte) (object, error) {
	if !utf8.Valid(text) || !json.Valid(text) {
		return nil, errNotObject
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	if start, err := decoder.Token(); err != nil || start != json.Delim('{') {
		return nil, errNotObject
	}
	var o object
	for decoder.More() {
		token, err := decoder.Token()
		name, ok := token.(string)
		if err != nil || !ok {
			return nil, errNotObject
		}
		if _, doubled := o.get(name); doubled {
			return nil, errDoubled
		}
		if len(o) == maxMembers {
			return nil, errTooMany
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, errNotObject
		}
		o = append(o, member{name, value})
	}
	return o, nil
}

func (o object) get(name string) (json.RawMessage, bool) {
	for i := range o {
		if o[i].name == name {
			return o[i].value, true
		}
	}
	return nil, false
}

// present is get for members of which null is as good as none.
func (o object) present(name string) (json.RawMessage, bool) {
	value, ok := o.get(name)
	return value, ok && string(value) != "null"
}

var (
	errNotText  = errors.New("is not a string")
	errNotTexts = errors.New("is neither a string nor an array of strings")
	errNotTime  = errors.New("is not a time in seconds since 1970")
)

// text is a string member; empty where there is none.
func (o object) text(name string) (string, error) {
	value, ok := o.present(name)
	if !ok {
		return "", nil
	}
	return unquote(value)
}

// texts is a member that is one string or an array of them.
func (o object) texts(name string) ([]string, error) {
	value, ok := o.present(name)
	if !ok {
		return nil, nil
	}
	if value[0] != '[' {
		one, err := unquote(value)
		if err != nil {
			return nil, errNotTexts
		}
		return []string{one}, nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(value, &elements); err != nil {
		return nil, errNotTexts
	}
	all := make([]string, len(elements))
	for i, e := range elements {
		one, err := unquote(e)
		if err != nil {
			return nil, errNotTexts
		}
		all[i] = one
	}
	return all, nil
}

// unquote refuses U+FFFD, which encoding/json puts in place of half a surrogate pair: two different texts must not become one.
func unquote(value json.RawMessage) (s string, err error) {
	if value[0] != '"' || json.Unmarshal(value, &s) != nil || strings.ContainsRune(s, utf8.RuneError) {
		return "", errNotText
	}
	return s, nil
}

// lastSecond is the end of the year 9999. Whatever lies beyond was meant to be milliseconds, or no time at all.
const lastSecond = 253402300799

// time is a NumericDate (RFC 7519, section 2), fractions included; zero where there is none.
func (o object) time(name string) (time.Time, error) {
	value, ok := o.present(name)
	if !ok {
		return time.Time{}, nil
	}
	seconds, err := strconv.ParseFloat(string(value), 64) // JSON has no NaN, no Inf and no hexadecimal, so neither has value
	if err != nil || seconds < 0 || seconds > lastSecond {
		return time.Time{}, errNotTime
	}
	whole := int64(seconds)
	return time.Unix(whole, int64((seconds-float64(whole))*float64(time.Second))), nil
}
