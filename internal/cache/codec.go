package cache

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"time"
)

// An entry in Redis, all integers big-endian:
//
//	magic       4  "RGW2"; the digit is the version
//	order       8  of the fetch among those of the query
//	id          8  random; what is before the epoch tells the entry from every other one
//	epoch       8  of the record of purges
//	seen        2  number of purges that the fetch came after, whose ids follow, 8 each
//	packed      1  1 where the payload is gzip, else 0
//	fetched     8  Unix nanoseconds by Redis's clock
//	first seen  8  the same
//	length      4  of the body
//	sum        32  SHA-256 of the body
//	question    2  length of the canonical form, which follows
//	payload        the body, or its gzip form
//	check       4  CRC-32C of all that is before it
//
// The version is part of the key as well, so that two releases live side by side.
const (
	codecVersion = "2"
	magic        = "RGW" + codecVersion
	headSize     = len(magic) + 8 + 8
	fixedSize    = headSize + 8 + 2 + 1 + 8 + 8 + 4 + sha256.Size + 2
	checkSize    = 4
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errForeign  = errors.New("the value is none of this release's")
	errCorrupt  = errors.New("the value is damaged")
	errQuestion = errors.New("the value answers another question")
	errTooLarge = errors.New("the value is larger than CACHE_MAX_ENTRY_BYTES")
)

// encode writes the entry that answers the question with this canonical form. Redis's clock is ahead of ours by shift.
func encode(e *Entry, epoch string, canonical []byte, shift time.Duration) []byte {
	payload, packed := e.Body, byte(0)
	if e.Gzip != nil {
		payload, packed = e.Gzip, 1
	}
	b := make([]byte, 0, fixedSize+8*len(e.seen)+len(canonical)+len(payload)+checkSize)
	b = append(b, e.head()...)
	b = binary.BigEndian.AppendUint64(b, parseID(epoch))
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.seen))) //nolint:gosec // bounded by the names of a query
	for _, id := range e.seen {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	b = append(b, packed)
	b = binary.BigEndian.AppendUint64(b, uint64(e.FetchedAt.Add(shift).UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.FirstSeen.Add(shift).UnixNano()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Body))) //nolint:gosec // bounded by CACHE_MAX_ENTRY_BYTES
	b = append(b, e.sum[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(canonical))) //nolint:gosec // bounded by the limits of a query
	b = append(b, canonical...)
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decode reads what encode wrote, and trusts nothing: the value must be whole, answer the very question, and hold a body
// of at most limit bytes with the sum it claims. Its times are turned back into ours. The entry is not judged yet.
func decode(value, canonical []byte, limit int64, shift time.Duration) (e *Entry, epoch string, err error) {
	if len(value) < fixedSize+checkSize || string(value[:len(magic)]) != magic {
		return nil, "", errForeign
	}
	if !intact(value) {
		return nil, "", errCorrupt
	}
	content := value[:len(value)-checkSize]
	rest := content[len(magic):]
	e = &Entry{start: start{number: binary.BigEndian.Uint64(rest)}, id: binary.BigEndian.Uint64(rest[8:])}
	epoch = hexID(binary.BigEndian.Uint64(rest[16:]))
	count, rest := int(binary.BigEndian.Uint16(rest[24:])), rest[26:]
	if 8*count > len(content)-fixedSize {
		return nil, "", errCorrupt
	}
	for range count {
		e.seen = append(e.seen, binary.BigEndian.Uint64(rest))
		rest = rest[8:]
	}
	return e, epoch, e.decode(rest, canonical, limit, shift)
}

// intact reports whether the value has the checksum that it ends with.
func intact(value []byte) bool {
	content, check := value[:len(value)-checkSize], value[len(value)-checkSize:]
	return crc32.Checksum(content, castagnoli) == binary.BigEndian.Uint32(check)
}

// decode reads what follows the purges.
func (e *Entry) decode(rest, canonical []byte, limit int64, shift time.Duration) error {
	packed, rest := rest[0], rest[1:]
	e.FetchedAt, e.FirstSeen = unixNano(rest).Add(-shift), unixNano(rest[8:]).Add(-shift)
	length := int64(binary.BigEndian.Uint32(rest[16:]))
	rest = rest[20:]
	copy(e.sum[:], rest)
	asked, rest := int(binary.BigEndian.Uint16(rest[sha256.Size:])), rest[sha256.Size+2:]
	switch {
	case asked > len(rest):
		return errCorrupt
	case !bytes.Equal(rest[:asked], canonical):
		return errQuestion
	case length > limit:
		return errTooLarge
	}
	return e.unpack(bytes.Clone(rest[asked:]), packed == 1, int(length)) // a part would keep the whole value in memory
}

func (e *Entry) unpack(payload []byte, packed bool, length int) error {
	e.Body = payload
	if packed {
		var err error
		e.Gzip = payload
		if e.Body, err = decompress(payload, length); err != nil {
			return err
		}
	}
	if len(e.Body) != length || sha256.Sum256(e.Body) != e.sum {
		return errCorrupt
	}
	e.describe()
	return nil
}

// head is the beginning of the encoded entry.
func (e *Entry) head() string {
	b := make([]byte, 0, headSize)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, e.order())
	return string(binary.BigEndian.AppendUint64(b, e.id))
}

// orderOf returns the order of the entry with this head, 0 if it is none.
func orderOf(head string) uint64 {
	if len(head) != headSize || head[:len(magic)] != magic {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(head[len(magic):]))
}

func unixNano(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // round trip of an int64
}
