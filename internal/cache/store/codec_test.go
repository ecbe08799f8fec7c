package store

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const limit = 1 << 20

func sample(body string) *Entry {
	e := NewEntry([]byte(body), Start{1750000000123456, nil, []uint64{7, 1 << 63}}, time.Unix(1750000000, 123456789), nil)
	e.FirstSeen = e.FetchedAt.Add(-time.Hour)
	return e
}

func TestCodecKeepsEntries(t *testing.T) {
	for name, body := range map[string]string{
		"small": `[]`, "empty": ``, "packed": `["` + strings.Repeat("Padaria São João ", 1000) + `"]`,
	} {
		e := sample(body)
		got, epoch, err := Decode(e.Encode(0xff, []byte("query"), 0), []byte("query"), limit, 0)
		if err != nil || epoch != 0xff {
			t.Fatalf("%s: epoch %x, %v", name, epoch, err)
		}
		atomics := cmpopts.IgnoreFields(Entry{}, "Unshared", "Spared", "Checked")
		if diff := cmp.Diff(e, got, atomics, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCodecRefusesEveryDamage(t *testing.T) {
	canonical := []byte("query")
	value := sample(`["`+strings.Repeat("x", 2000)+`"]`).Encode(1, canonical, 0)
	for i := range value {
		damaged := bytes.Clone(value)
		damaged[i] ^= 0x10
		if _, _, err := Decode(damaged, canonical, limit, 0); err == nil {
			t.Fatalf("a flipped bit in byte %d was not seen", i)
		}
		if _, _, err := Decode(value[:i], canonical, limit, 0); err == nil {
			t.Fatalf("a cut after %d bytes was not seen", i)
		}
	}
	if _, _, err := Decode(value, []byte("querY"), limit, 0); err == nil {
		t.Error("an entry of another query was accepted")
	}
	if _, _, err := Decode(value, canonical, 100, 0); err == nil {
		t.Error("a body above the limit was accepted")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(sample(`[]`).Encode(1, []byte("q"), 0))
	f.Add(sample(`["`+strings.Repeat("x", 3000)+`"]`).Encode(1, []byte("q"), 0))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, value []byte) {
		e, epoch, err := Decode(value, []byte("q"), limit, 0)
		if err != nil {
			return
		}
		again, _, err := Decode(e.Encode(epoch, []byte("q"), 0), []byte("q"), limit, 0)
		if err != nil || !bytes.Equal(again.Body, e.Body) || !again.FetchedAt.Equal(e.FetchedAt) {
			t.Fatalf("%v: what was read cannot be written and read again", err)
		}
	})
}

// What comes from Redis must not keep more in memory than the entry weighs.
func TestADecodedEntryHoldsItsOwnBytesAlone(t *testing.T) {
	canonical := bytes.Repeat([]byte("q"), 20<<10)
	for _, body := range []string{`[]`, `["` + strings.Repeat("x", 2000) + `"]`} {
		e, _, err := Decode(sample(body).Encode(1, canonical, 0), canonical, limit, 0)
		if err != nil {
			t.Fatal(err)
		}
		if held := cap(e.Body) + cap(e.Gzip); held > len(e.Body)+len(e.Gzip)+64 {
			t.Errorf("an entry of %d and %d bytes holds %d", len(e.Body), len(e.Gzip), held)
		}
	}
}

// Replicas of two releases read each other's entries: the format must not change without a new version.
func TestFormatIsStable(t *testing.T) {
	for body, want := range map[string]string{
		`["x"]`:                                 "eb9e5545b183fb17a99e0ee8e3c89afe6f3a475382fe8692511d615d882bc282",
		`["` + strings.Repeat("x", 2000) + `"]`: "5ddd576ae2a5b3efd1172fb34c070e0cb67e4d68bd58159bf06a93bf92847dad",
	} {
		e := sample(body)
		e.ID = 0x0102030405060708
		sum := sha256.Sum256(e.Encode(0xff, []byte("query"), 0))
		if got := hex.EncodeToString(sum[:]); got != want {
			t.Errorf("%.10s: %s, want %s", body, got, want)
		}
	}
}
