package cache

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rocket-gateway/rocket-gateway/internal/query"
)

const limit = 1 << 20

var (
	codecPolicy   = Policy{Location: time.UTC}
	codecQuestion = query.Query{Endpoint: query.Usages, Params: query.Params{End: "2025-06-30"}}
)

func sample(body string) *Entry {
	e := newEntry(&codecPolicy, &codecQuestion, []byte(body), start{1750000000123456, nil, []uint64{7, 1 << 63}}, time.Unix(1750000000, 123456789), nil)
	e.FirstSeen = e.FetchedAt.Add(-time.Hour)
	return e
}

func TestCodecKeepsEntries(t *testing.T) {
	for name, body := range map[string]string{
		"small": `[]`, "empty": ``, "packed": `["` + strings.Repeat("Padaria São João ", 1000) + `"]`,
	} {
		e := sample(body)
		got, epoch, err := decode(encode(e, "00000000000000ff", []byte("question"), 0), []byte("question"), limit, 0)
		if err != nil || epoch != "00000000000000ff" {
			t.Fatalf("%s: epoch %s, %v", name, epoch, err)
		}
		derived := cmpopts.IgnoreFields(Entry{}, "State", "FreshUntil", "refreshAt", "GoneAt", "keptUntil", "names", "LastModified", "unshared", "spared", "checked")
		if diff := cmp.Diff(e, got, derived, cmp.AllowUnexported(Entry{}, Content{}, start{}), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestCodecRefusesEveryDamage(t *testing.T) {
	question := []byte("question")
	value := encode(sample(`["`+strings.Repeat("x", 2000)+`"]`), "0000000000000001", question, 0)
	for i := range value {
		damaged := bytes.Clone(value)
		damaged[i] ^= 0x10
		if _, _, err := decode(damaged, question, limit, 0); err == nil {
			t.Fatalf("a flipped bit in byte %d was not seen", i)
		}
		if _, _, err := decode(value[:i], question, limit, 0); err == nil {
			t.Fatalf("a cut after %d bytes was not seen", i)
		}
	}
	if _, _, err := decode(value, []byte("questioN"), limit, 0); err == nil {
		t.Error("an answer to another question was taken")
	}
	if _, _, err := decode(value, question, 100, 0); err == nil {
		t.Error("a body above the limit was taken")
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(encode(sample(`[]`), "0000000000000001", []byte("q"), 0))
	f.Add(encode(sample(`["`+strings.Repeat("x", 3000)+`"]`), "0000000000000001", []byte("q"), 0))
	f.Add([]byte(magic))
	f.Fuzz(func(t *testing.T, value []byte) {
		e, epoch, err := decode(value, []byte("q"), limit, 0)
		if err != nil {
			return
		}
		again, _, err := decode(encode(e, epoch, []byte("q"), 0), []byte("q"), limit, 0)
		if err != nil || !bytes.Equal(again.Body, e.Body) || !again.FetchedAt.Equal(e.FetchedAt) {
			t.Fatalf("%v: what was read cannot be written and read again", err)
		}
	})
}

// What comes from Redis must not keep more in memory than the entry weighs.
func TestADecodedEntryHoldsItsOwnBytesAlone(t *testing.T) {
	question := bytes.Repeat([]byte("q"), 20<<10)
	for _, body := range []string{`[]`, `["` + strings.Repeat("x", 2000) + `"]`} {
		e, _, err := decode(encode(sample(body), "0000000000000001", question, 0), question, limit, 0)
		if err != nil {
			t.Fatal(err)
		}
		if held := cap(e.Body) + cap(e.Gzip); held > len(e.Body)+len(e.Gzip)+64 {
			t.Errorf("an entry of %d and %d bytes holds %d", len(e.Body), len(e.Gzip), held)
		}
	}
}
