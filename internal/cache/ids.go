package cache

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
)

const idSize = 16 // of an id as text

func newID() string { return hexID(randomID()) }

// randomID returns a unique id. It is no secret.
func randomID() uint64 { return rand.Uint64() } //nolint:gosec // no secret

func hexID(id uint64) string { return fmt.Sprintf("%016x", id) }

// hexIDs and parseIDs are for the state of a lease, which has no spaces.
func hexIDs(ids []uint64) string {
	var b strings.Builder
	for _, id := range ids {
		b.WriteString(hexID(id))
	}
	return b.String()
}

func parseIDs(text string) (ids []uint64) {
	for id := range slices.Chunk([]byte(text), idSize) {
		ids = append(ids, parseID(string(id)))
	}
	return ids
}

func parseID(text string) uint64 {
	id, _ := strconv.ParseUint(text, 16, 64)
	return id
}

// recordedID returns the id of a purge in the record. If that is damaged, it returns another one, the same in every replica.
func recordedID(text string) uint64 {
	if id := parseID(text); id != 0 {
		return id
	}
	hash := fnv.New64a()
	_, _ = hash.Write([]byte(text))
	return hash.Sum64()
}
