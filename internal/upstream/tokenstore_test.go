package upstream

import (
	"bytes"
	"errors"
	"net/url"
	"testing"
)

func seals(t *testing.T, keys ...string) *Seal {
	t.Helper()
	var all [][]byte
	for _, k := range keys {
		all = append(all, bytes.Repeat([]byte(k), 32))
	}
	s, err := NewSeal(all...)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSealOpensItsOwn(t *testing.T) {
	for _, text := range []string{"", "token", string(bytes.Repeat([]byte("x"), 10_000))} {
		one, other := seals(t, "a").seal(text, "account"), seals(t, "a").seal(text, "account")
		if one == other {
			t.Error("what is sealed twice must not look the same")
		}
		if got, err := seals(t, "b", "a").open(one, "account"); err != nil || got != text {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

func TestSealOpensNothingElse(t *testing.T) {
	sealed := seals(t, "a").seal("token", "account")
	if _, err := seals(t, "b").open(sealed, "account"); !errors.Is(err, errForeignSeal) {
		t.Errorf("another key: %v", err)
	}
	if _, err := seals(t, "a").open(sealed, "another"); !errors.Is(err, errBrokenSeal) {
		t.Errorf("another account: %v", err)
	}
	for i := range sealed {
		broken := []byte(sealed)
		broken[i] ^= 1
		if text, err := seals(t, "a").open(string(broken), "account"); err == nil {
			t.Errorf("byte %d changed: %q", i, text)
		}
		if text, err := seals(t, "a").open(sealed[:i], "account"); err == nil {
			t.Errorf("cut at %d: %q", i, text)
		}
	}
}

func TestSealWantsKeysOfTheRightSize(t *testing.T) {
	if _, err := NewSeal(); err == nil {
		t.Error("no key")
	}
	if _, err := NewSeal(make([]byte, 31)); err == nil {
		t.Error("31 bytes")
	}
}

func TestFingerprintsOfCredentialsDiffer(t *testing.T) {
	base := &url.URL{Scheme: "https", Host: "rocket.test"}
	seen := map[string]bool{}
	for _, a := range []Account{
		{Base: base, Username: "u", Password: "p"}, {Base: base, Username: "u", Password: "q"}, {Base: base, Username: "v", Password: "p"},
	} {
		seen[seals(t, "a").fingerprint(&a)] = true
		seen[seals(t, "b", "a").fingerprint(&a)] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d fingerprints of three accounts with two keys", len(seen))
	}
}

func FuzzOpen(f *testing.F) {
	s, err := NewSeal(bytes.Repeat([]byte("a"), 32))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.seal("token", "account"))
	f.Add("RGT1")
	f.Fuzz(func(t *testing.T, sealed string) {
		if text, err := s.open(sealed, "another"); err == nil {
			t.Errorf("%q opens as %q", sealed, text)
		}
	})
}
