package handlers

import (
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// exchange is the response writer of a request; it remembers what the access log and the metrics will tell.
type exchange struct {
	http.ResponseWriter
	id     string
	status int           // zero until the header was written
	bytes  int64         // of the body
	cache  string        // how the cache answered
	waited time.Duration // for it
	stale  cache.Stale
	cause  error // why the request failed
	caller *auth.Caller
	asked  *question // as Rocket would get it, or as it was refused; nil where there was none
}

// WriteHeader remembers the status.
func (x *exchange) WriteHeader(status int) {
	if x.status == 0 {
		x.status = status
	}
	x.ResponseWriter.WriteHeader(status)
}

// Write counts the bytes.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.ResponseWriter.Write(b)
	x.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.ResponseWriter }

// The functions below take the plain writer that handlers are given. track puts an exchange before every handler, so a
// writer that is none belongs to a test of one handler alone.

func requestID(w http.ResponseWriter) string {
	if x, ok := w.(*exchange); ok {
		return x.id
	}
	return ""
}

func note(w http.ResponseWriter, s cache.Status) {
	if x, ok := w.(*exchange); ok {
		x.cache, x.stale = s.Label(), s.Stale
	}
}

func noteWait(w http.ResponseWriter, waited time.Duration) {
	if x, ok := w.(*exchange); ok {
		x.waited = waited
	}
}

func noteCaller(w http.ResponseWriter, caller *auth.Caller) {
	if x, ok := w.(*exchange); ok {
		x.caller = caller
	}
}

// callerOf gives who sent the request, nil where that was not asked.
func callerOf(w http.ResponseWriter) *auth.Caller {
	if x, ok := w.(*exchange); ok {
		return x.caller
	}
	return nil
}

func noteQuestion(w http.ResponseWriter, q *question) {
	if x, ok := w.(*exchange); ok {
		x.asked = q
	}
}

func noteCause(w http.ResponseWriter, cause error) {
	if x, ok := w.(*exchange); ok {
		x.cause = cause
	}
}

func noteStatus(w http.ResponseWriter, status int) {
	if x, ok := w.(*exchange); ok && x.status == 0 {
		x.status = status
	}
}

const maxRequestID = 128

// saneID takes a caller's request id where it is one short word of plain characters, else makes a new one.
func saneID(header []string) string {
	if len(header) != 1 || header[0] == "" || len(header[0]) > maxRequestID {
		return newID()
	}
	for i := range len(header[0]) {
		if !plain(header[0][i]) {
			return newID()
		}
	}
	return header[0]
}

// newID makes a word as crypto/rand's Text does. It need not be hard to guess, so that it is not worth a system's randomness.
func newID() string {
	const alphabet, length, each = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 26, 12 // characters of each random number
	var id [length]byte
	var bits uint64
	for i := range id {
		if i%each == 0 {
			bits = rand.Uint64() //nolint:gosec // it tells requests apart, and opens nothing
		}
		id[i] = alphabet[bits%uint64(len(alphabet))]
		bits /= uint64(len(alphabet))
	}
	return string(id[:])
}

func plain(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	default:
		return c == '-' || c == '_' || c == '.' || c == ':' || c == '=' || c == '/' || c == '+' || c == '@'
	}
}
