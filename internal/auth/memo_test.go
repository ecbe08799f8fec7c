package auth_test

import (
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
)

// clock is moved by hand.
type clock struct{ now time.Time }

func (c *clock) option(o *auth.Options) { c.now, o.Now = today, func() time.Time { return c.now } }

// reads counts how often profiles are read, which is once for each time that a token is verified.
type reads int

func (r *reads) option(o *auth.Options) {
	o.ParseProfiles = func(profiles json.RawMessage) (any, int) {
		*r++
		return "grants of " + string(profiles), 0
	}
}

func TestProfilesAreReadOnceForAToken(t *testing.T) {
	var n reads
	v := verifier(t, shared, n.option)
	token := hs256(t, valid(today).with(m{"profiles": []int{1}}))
	first := wantCaller(t, v, token)
	if first.Grants != "grants of [1]" {
		t.Errorf("got %v", first.Grants)
	}
	for range 10 {
		if c := wantCaller(t, v, token); c != first {
			t.Error("another caller for the same token")
		}
	}
	if n != 1 {
		t.Errorf("read %d times", n)
	}
}

func TestATokenIsRememberedForAWhile(t *testing.T) {
	var c clock
	var n reads
	v := verifier(t, shared, c.option, n.option)
	token := hs256(t, valid(today))
	for _, step := range []struct {
		after time.Duration
		reads reads
	}{{0, 1}, {auth.MemoTime - 1, 1}, {auth.MemoTime, 2}, {2*auth.MemoTime - 1, 2}, {2 * auth.MemoTime, 3}} {
		c.now = today.Add(step.after)
		wantCaller(t, v, token)
		if n != step.reads {
			t.Errorf("after %s: verified %d times, want %d", step.after, n, step.reads)
		}
	}
}

// Whatever is remembered ends when the token does, to the nanosecond and with the same leeway.
func TestAKnownTokenEndsInTime(t *testing.T) {
	var c clock
	v := verifier(t, shared, c.option)
	token := hs256(t, valid(today).with(m{"exp": today.Add(time.Minute).Unix()}))
	wantCaller(t, v, token)
	c.now = today.Add(time.Minute + 30*time.Second - 1)
	wantCaller(t, v, token)
	c.now = c.now.Add(1)
	wantRefusal(t, v, token, "has expired")
}

func TestAKnownTokenIsNotValidBeforeItsTime(t *testing.T) {
	var c clock
	v := verifier(t, shared, c.option)
	for claim, words := range map[string]string{"nbf": "not valid yet", "iat": "issued in the future"} {
		token := hs256(t, m{claim: today.Unix(), "exp": today.Add(time.Hour).Unix()})
		c.now = today
		wantCaller(t, v, token)
		c.now = today.Add(-30 * time.Second)
		wantCaller(t, v, token)
		c.now = c.now.Add(-1) // a clock that was put back
		wantRefusal(t, v, token, words)
	}
}

func TestRefusalsAreNotRemembered(t *testing.T) {
	var c clock
	v := verifier(t, shared, c.option)
	token := hs256(t, valid(today).with(m{"nbf": today.Add(time.Minute).Unix()}))
	wantRefusal(t, v, token, "not valid yet")
	if n := auth.Remembered(v); n != 0 {
		t.Errorf("%d tokens are remembered", n)
	}
	c.now = today.Add(time.Minute)
	wantCaller(t, v, token)
}

func TestTheMemoIsBounded(t *testing.T) {
	v := verifier(t, shared)
	for i := range auth.MemoSize + 1_000 {
		wantCaller(t, v, hs256(t, m{"sub": strconv.Itoa(i), "exp": today.Add(time.Hour).Unix()}))
	}
	if n := auth.Remembered(v); n > auth.MemoSize || n < auth.MemoSize/2 {
		t.Errorf("%d tokens are remembered, want at most %d", n, auth.MemoSize)
	}
}

func TestAKnownTokenCostsNoMemory(t *testing.T) {
	v := verifier(t, shared)
	headers := []string{"Bearer " + hs256(t, valid(today))}
	n := testing.AllocsPerRun(100, func() {
		if _, err := v.Verify(t.Context(), headers); err != nil {
			t.Error(err)
		}
	})
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
}
