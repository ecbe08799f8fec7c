package query

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
)

// canonicalVersion changes whenever the canonical form does, so that two releases never read each other's keys.
const canonicalVersion = "q1"

// Key identifies a question: the SHA-256 of its canonical form.
type Key [sha256.Size]byte

// String is the key in 43 characters of unpadded base64url.
func (k Key) String() string { return base64.RawURLEncoding.EncodeToString(k[:]) }

// ParseKey reads what String wrote.
func ParseKey(text string) (k Key, err error) {
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(k) {
		return k, errors.New("not a key")
	}
	return Key(b), nil
}

// Canonical is the question as bytes: every component behind its length, in a fixed order, so that no value can imitate
// the border between two others. Turn is left out: it does not change the answer.
func (q *Query) Canonical() []byte { return q.appendCanonical(nil) }

// Key gives the question's identity. The query must be complete.
func (q *Query) Key() Key {
	var space [768]byte
	return sha256.Sum256(q.appendCanonical(space[:0]))
}

func (q *Query) appendCanonical(b []byte) []byte {
	b = appendText(b, canonicalVersion)
	b = appendText(b, q.Account)
	b = appendText(b, string(q.Provider))
	b = appendText(b, q.Endpoint.Name)
	b = appendText(b, string(q.Start))
	b = appendText(b, string(q.End))
	b = appendText(b, q.DistributorID)
	b = appendText(b, q.ResellerID)
	b = appendText(b, q.CustomerID)
	b = appendText(b, q.SubscriptionID)
	b = appendText(b, q.ResourceGroup)
	b = appendText(b, q.ResourceID)
	b = appendText(b, q.View)
	b = appendText(b, q.InvoiceType)
	b = appendText(b, q.Cost)
	for _, c := range q.Catalog {
		b = appendText(b, c)
	}
	return b
}

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}
