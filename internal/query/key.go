package query

import (
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"reflect"
	"time"
)

// canonicalVersion changes whenever the canonical form does, so that two releases never read each other's keys.
const canonicalVersion = "q1"

// Key identifies a query: the SHA-256 of its canonical form.
type Key [sha256.Size]byte

// String returns the key in 43 characters of unpadded base64url.
func (k Key) String() string {
	var space [43]byte
	return string(base64.RawURLEncoding.AppendEncode(space[:0], k[:]))
}

// ParseKey parses what String returns.
func ParseKey(text string) (k Key, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(k) {
		return k, errors.New("not a key")
	}
	return Key(b), nil
}

// Canonical returns the query as bytes: every component behind its length, in a fixed order, so that no value can imitate
// the border between two others. Turn is not part of it: it does not change the response.
func (q *Query) Canonical() []byte { return q.appendCanonical(make([]byte, 0, 256)) }

// Key returns the key of a complete query.
func (q *Query) Key() Key {
	var space [768]byte
	return sha256.Sum256(q.appendCanonical(space[:0]))
}

func (q *Query) appendCanonical(b []byte) []byte {
	b = appendText(b, canonicalVersion)
	b = appendText(b, q.Account)
	b = appendText(b, string(q.Provider))
	b = appendText(b, q.Endpoint.Name)
	return appendParams(b, table, reflect.ValueOf(&q.Params).Elem())
}

// appendParams appends values alone. An omitted filter has a control character before its value, which no value has: releases that
// could not omit it sent Rocket that text. Only a later parameter has its name before each value, and is left out while it is empty:
// then it changes no key of a query without it. The name begins with a control character too, so that it cannot be taken for one of
// the catalogs before it.
func appendParams(b []byte, rows []Param, params reflect.Value) []byte {
	var space [1]string
	for i := range rows {
		row := &rows[i]
		if row.Wire == "" {
			continue
		}
		for _, value := range row.values(params, space[:0]) {
			if row.later {
				b = appendText(b, "\x00"+row.Name)
			}
			if row.omits(value) {
				value = "\x00" + value
			}
			b = appendText(b, value)
		}
	}
	return b
}

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

// anyID is the tag of a level if the query names no id of it: it may have rows of each.
const anyID = "*"

// Tags returns the tags by which a purge finds the query: its provider, for each level the id or "*", and every calendar month of
// its period.
func (q *Query) Tags() []string {
	tags := []string{
		"provider:" + string(q.Provider),
		"distributor:" + cmp.Or(q.DistributorID, anyID),
		"reseller:" + cmp.Or(q.ResellerID, anyID),
		"customer:" + cmp.Or(q.CustomerID, anyID),
		"subscription:" + cmp.Or(q.SubscriptionID, anyID),
	}
	last := q.End.Month(time.UTC)
	for month := q.Start.Month(time.UTC); !month.After(last); month = month.AddDate(0, 1, 0) {
		tags = append(tags, "period:"+month.Format(monthForm))
	}
	return tags
}
