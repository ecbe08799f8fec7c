package auth_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/auth"
	"github.com/rocket-gateway/rocket-gateway/internal/tenancy"
)

// granting reads profiles as the gateway does.
func granting(o *auth.Options) {
	o.ParseProfiles = func(claim json.RawMessage) (any, int) {
		p := tenancy.Parse(claim)
		return p, p.Weight()
	}
}

// texts returns n different texts of a length.
func texts(n, length, offset int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%0*x", length, offset+i)
	}
	return all
}

func granted(costs, ids []string) m {
	return m{"provider": "azure", "resource_type": "customers", "resources": ids, "costs": costs}
}

// shapes are tokens that take much memory, and usual ones. The number makes their texts different.
var shapes = map[string]func(n int) m{
	"usual":                func(n int) m { return m{"scope": "usage:read", "profiles": []m{granted(nil, texts(1, 36, n))}} },
	"no profile":           func(int) m { return m{} },
	"many short ids":       func(n int) m { return m{"profiles": []m{granted(nil, texts(950, 3, n%3000))}} },
	"many GUIDs":           func(n int) m { return m{"profiles": []m{granted(nil, texts(140, 36, n))}} },
	"ids of many costs":    func(n int) m { return m{"profiles": []m{granted(texts(16, 2, 0), texts(900, 3, n%3000))}} },
	"profiles of one id":   func(n int) m { return m{"profiles": manyProfiles(n)} },
	"many scopes":          func(int) m { return m{"scope": strings.Join(texts(1400, 3, 0), " ")} },
	"an array of scopes":   func(int) m { return m{"scp": texts(900, 3, 0)} },
	"many claims":          func(int) m { return manyClaims() },
	"a long subject":       func(n int) m { return m{"sub": strings.Repeat("s", 5500) + fmt.Sprint(n)} },
	"a long client":        func(n int) m { return m{"azp": strings.Repeat("c", 5500) + fmt.Sprint(n)} },
	"a long unknown claim": func(int) m { return m{"x": strings.Repeat("x", 5500)} },
}

func manyProfiles(n int) (all []m) {
	for i := range 60 {
		all = append(all, granted([]string{"c"}, texts(1, 4, n+i)))
	}
	return all
}

func manyClaims() m {
	claims := m{}
	for i := range auth.MaxMembers - 10 {
		claims[fmt.Sprint("claim", i)] = 1
	}
	return claims
}

// The weight of a token in the memo is no less than the memory that it takes, and not many times as much.
func TestAWeightIsHonest(t *testing.T) {
	for name, shape := range shapes {
		t.Run(name, func(t *testing.T) {
			v := verifier(t, shared, granting)
			const some = 100
			wantCaller(t, v, hs256(t, valid(today).with(shape(some+1))))
			before, weighed := liveHeap(), auth.MemoWeight(v)
			for n := range some {
				wantCaller(t, v, hs256(t, valid(today).with(shape(n)).with(m{"jti": n})))
			}
			took, weight := liveHeap()-before, int64(auth.MemoWeight(v)-weighed)
			t.Logf("a token takes %d bytes and weighs %d", took/some, weight/some)
			if kept := auth.Remembered(v); kept != some+1 {
				t.Fatalf("%d tokens are remembered", kept)
			}
			if took > weight || weight > 4*took {
				t.Errorf("a token takes %d bytes and weighs %d", took/some, weight/some)
			}
			runtime.KeepAlive(v)
		})
	}
}

// The memo is bounded in bytes, whatever tokens it gets.
func TestTheMemoIsBoundedInBytes(t *testing.T) {
	for _, name := range []string{"many short ids", "ids of many costs"} {
		v := verifier(t, shared, granting)
		before := liveHeap()
		for n := range 1_000 {
			wantCaller(t, v, hs256(t, valid(today).with(shapes[name](n)).with(m{"jti": n})))
		}
		if weight := auth.MemoWeight(v); weight > auth.MemoBytes || weight < auth.MemoBytes/2 {
			t.Errorf("%s: they weigh %d, want at most %d", name, weight, auth.MemoBytes)
		}
		if took := liveHeap() - before; took > auth.MemoBytes {
			t.Errorf("%s: they take %d bytes, want at most %d", name, took, auth.MemoBytes)
		}
		runtime.KeepAlive(v)
	}
}

// A flood of tokens that come once does not evict one that is in use.
func TestATokenInUseIsKept(t *testing.T) {
	var n reads
	v := verifier(t, shared, n.option)
	used := hs256(t, valid(today).with(m{"jti": "used"}))
	large := strings.Repeat("x", 5500)
	for i := range 4_000 {
		wantCaller(t, v, used)
		wantCaller(t, v, hs256(t, m{"jti": i, "x": large, "exp": today.Add(time.Hour).Unix()}))
	}
	if n > 4_000+3 {
		t.Errorf("the token in use was verified %d times", n-4_000)
	}
}

func liveHeap() int64 {
	var s runtime.MemStats
	runtime.GC()
	runtime.GC() // the first one leaves what pools hold
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}
