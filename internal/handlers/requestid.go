package handlers

import "math/rand/v2"

const maxRequestID = 128

// saneID returns the caller's request id if it is one short word of plain characters, else a new one.
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

// newID returns a word in the form of crypto/rand's Text. Nothing depends on its being hard to guess, so that math/rand will do.
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
