package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
)

// An entry in Redis, all integers big-endian:
//
//	magic       4  "RGW2"; the digit is the version
//	order       8  of the fetch among those of the query
//	id          8  random; what is before the epoch differs from that of every other entry
//	epoch       8  of the record of purges
//	seen        2  number of purges that the fetch came after, whose ids follow, 8 each
//	packed      1  1 if the payload is gzip, else 0
//	fetched     8  Unix nanoseconds by Redis's clock
//	first seen  8  the same
//	length      4  of the body
//	sum        32  SHA-256 of the body
//	query       2  length of the canonical form, which follows
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

// The version before has neither an id nor an epoch nor purges. The next release has no need of DecodeV1.
const (
	magicV1     = "RGW1"
	fixedSizeV1 = fixedSize - 8 - 8 - 2
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)

	errForeign  = errors.New("the value has another format than this release's")
	errCorrupt  = errors.New("the value is damaged")
	errQuery    = errors.New("the value belongs to another query")
	errTooLarge = errors.New("the value is larger than CACHE_MAX_ENTRY_BYTES")
)

// Encode returns the entry of the query with this canonical form, under an epoch of the record of purges. Redis's clock is ahead of ours
// by shift.
func (e *Entry) Encode(epoch uint64, canonical []byte, shift time.Duration) []byte {
	payload, packed := e.Body, byte(0)
	if e.Gzip != nil {
		payload, packed = e.Gzip, 1
	}
	b := make([]byte, 0, fixedSize+8*len(e.Seen)+len(canonical)+len(payload)+checkSize)
	b = append(b, e.Head()...)
	b = binary.BigEndian.AppendUint64(b, epoch)
	b = binary.BigEndian.AppendUint16(b, uint16(len(e.Seen))) //nolint:gosec // bounded by the names of a query
	for _, id := range e.Seen {
		b = binary.BigEndian.AppendUint64(b, id)
	}
	b = append(b, packed)
	b = binary.BigEndian.AppendUint64(b, uint64(e.FetchedAt.Add(shift).UnixNano()))
	b = binary.BigEndian.AppendUint64(b, uint64(e.FirstSeen.Add(shift).UnixNano()))
	b = binary.BigEndian.AppendUint32(b, uint32(len(e.Body))) //nolint:gosec // bounded by CACHE_MAX_ENTRY_BYTES
	b = append(b, e.Sum[:]...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(canonical))) //nolint:gosec // bounded by the limits of a query
	b = append(b, canonical...)
	b = append(b, payload...)
	return binary.BigEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// maxOverhead is more than a value has besides the body: at most 2¹⁶ ids and bytes of a query.
const maxOverhead = 1 << 20

// Decode reads what Encode wrote, and trusts nothing: the value must be whole, belong to the very query, and hold a body
// of at most limit bytes with the sum it claims. Its times are converted to our clock. The entry has no freshness yet.
func Decode(value, canonical []byte, limit int64, shift time.Duration) (e *Entry, epoch uint64, err error) {
	content, err := checked(value, magic, fixedSize)
	if err != nil {
		return nil, 0, err
	}
	rest := content[len(magic):]
	e = &Entry{Start: Start{Number: binary.BigEndian.Uint64(rest)}, ID: binary.BigEndian.Uint64(rest[8:])}
	epoch = binary.BigEndian.Uint64(rest[16:])
	count, rest := int(binary.BigEndian.Uint16(rest[24:])), rest[26:]
	if 8*count > len(content)-fixedSize {
		return nil, 0, errCorrupt
	}
	for range count {
		e.Seen = append(e.Seen, binary.BigEndian.Uint64(rest))
		rest = rest[8:]
	}
	return e, epoch, e.decode(rest, canonical, limit, shift)
}

// DecodeV1 reads an entry of the version before, as Decode does.
func DecodeV1(value, canonical []byte, limit int64, shift time.Duration) (*Entry, error) {
	content, err := checked(value, magicV1, fixedSizeV1)
	if err != nil {
		return nil, err
	}
	e := &Entry{Start: Start{Number: binary.BigEndian.Uint64(content[len(magicV1):])}}
	return e, e.decode(content[len(magicV1)+8:], canonical, limit, shift)
}

// checked returns the value without its checksum.
func checked(value []byte, magic string, fixed int) (content []byte, err error) {
	if len(value) < fixed+checkSize || string(value[:len(magic)]) != magic {
		return nil, errForeign
	}
	content, check := value[:len(value)-checkSize], value[len(value)-checkSize:]
	if crc32.Checksum(content, castagnoli) != binary.BigEndian.Uint32(check) {
		return nil, errCorrupt
	}
	return content, nil
}

// decode reads what follows the purges.
func (e *Entry) decode(rest, canonical []byte, limit int64, shift time.Duration) error {
	packed, rest := rest[0], rest[1:]
	e.FetchedAt, e.FirstSeen = unixNano(rest).Add(-shift), unixNano(rest[8:]).Add(-shift)
	length := int64(binary.BigEndian.Uint32(rest[16:]))
	rest = rest[20:]
	copy(e.Sum[:], rest)
	size, rest := int(binary.BigEndian.Uint16(rest[sha256.Size:])), rest[sha256.Size+2:]
	switch {
	case size > len(rest):
		return errCorrupt
	case !bytes.Equal(rest[:size], canonical):
		return errQuery
	case length > limit:
		return errTooLarge
	}
	e.Body = bytes.Clone(rest[size:]) // a part would keep the whole value in memory
	if packed == 1 {
		var err error
		e.Gzip = e.Body
		if e.Body, err = decompress(e.Gzip, int(length)); err != nil {
			return err
		}
	}
	if int64(len(e.Body)) != length || sha256.Sum256(e.Body) != e.Sum {
		return errCorrupt
	}
	e.describe()
	return nil
}

// Head returns the beginning of the encoded entry.
func (e *Entry) Head() string {
	b := make([]byte, 0, headSize)
	b = append(b, magic...)
	b = binary.BigEndian.AppendUint64(b, e.Order())
	return string(binary.BigEndian.AppendUint64(b, e.ID))
}

// OrderOf returns the order of the entry with this head, 0 if it is none.
func OrderOf(head string) uint64 {
	if len(head) != headSize || head[:len(magic)] != magic {
		return 0
	}
	return binary.BigEndian.Uint64([]byte(head[len(magic):]))
}

func unixNano(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))) //nolint:gosec // round trip of an int64
}

// leastCompressed is the size below which an encoded body saves no packet.
const leastCompressed = 1024

var (
	readers     = sync.Pool{New: func() any { return new(gzip.Reader) }} // a new one takes 40 KB
	writers     = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}
	fastWriters = sync.Pool{New: func() any {
		w, _ := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed) // fails only for an unknown level
		return w
	}}
)

// compress returns the gzip form of body by a writer of the pool, or nil if that is not worth sending.
func compress(body []byte, writers *sync.Pool) []byte {
	if len(body) < leastCompressed {
		return nil
	}
	var out bytes.Buffer
	out.Grow(len(body) / 3)
	w := writers.Get().(*gzip.Writer)
	defer writers.Put(w)
	w.Reset(&out)
	if _, err := w.Write(body); err != nil {
		return nil
	}
	if err := w.Close(); err != nil || out.Len() > len(body)*9/10 {
		return nil
	}
	return bytes.Clone(out.Bytes())
}

// decompress returns the body of exactly length bytes that packed holds. It never allocates more than that.
func decompress(packed []byte, length int) ([]byte, error) {
	r := readers.Get().(*gzip.Reader)
	defer readers.Put(r)
	if err := r.Reset(bytes.NewReader(packed)); err != nil {
		return nil, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, errCorrupt // the body is longer than it claims
	}
	return body, nil
}
