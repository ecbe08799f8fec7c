package cache

import (
	"bytes"
	"errors"
	"io"
	"sync"

	"github.com/klauspost/compress/gzip"
)

// leastCompressed is the size below which an encoded body saves no packet.
const leastCompressed = 1024

var writers = sync.Pool{New: func() any { return gzip.NewWriter(io.Discard) }}

// compress gives the gzip form of body, or nil where that is not worth sending.
func compress(body []byte) []byte {
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

var errLength = errors.New("the body does not have the length it claims")

// decompress gives the body of exactly length bytes that packed holds. It never makes more than that.
func decompress(packed []byte, length int) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(r, body); err != nil {
		return nil, err
	}
	if n, err := r.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		return nil, errLength
	}
	return body, nil
}
