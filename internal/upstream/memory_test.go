package upstream

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"runtime"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/rocket-gateway/rocket-gateway/internal/fault"
)

const budgetLimit = 4 << 20

// sizes are those at which reading takes another path.
var sizes = []int{
	0, 1, minChunk - 1, minChunk, minChunk + 1, smallBody, smallBody + 1, budgetLimit / 2, budgetLimit/2 + 1, budgetLimit/2 + maxChunk,
	budgetLimit,
}

func pattern(size int) []byte { return bytes.Repeat([]byte("0123456789abcdefg"), size/17+1)[:size] }

// wantFree checks that no part of the budget is held.
func wantFree(t *testing.T, r *memoryBudget) {
	t.Helper()
	if !r.bytes.TryAcquire(defaultBudget) {
		t.Error("a part of the budget is not released")
	}
}

func TestBodiesAreReadWhole(t *testing.T) {
	for _, size := range sizes {
		want := pattern(size)
		for name, wrap := range map[string]func(io.Reader) io.Reader{
			"at once": func(r io.Reader) io.Reader { return r }, "in halves": iotest.HalfReader, "with the end": iotest.DataErrReader,
		} {
			for _, length := range []int{-1, size} {
				r := newMemoryBudget(budgetLimit)
				got, err := r.read(t.Context(), wrap(bytes.NewReader(want)), int64(length))
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%d bytes %s, length %d: got %d, %v", size, name, length, len(got), err)
				}
				wantFree(t, r)
			}
		}
	}
}

func TestBodiesThatBreak(t *testing.T) {
	broken := errors.New("connection reset")
	for _, size := range sizes {
		for _, end := range []error{broken, io.ErrUnexpectedEOF} {
			for _, length := range []int{-1, budgetLimit} {
				if length == size {
					continue
				}
				r := newMemoryBudget(budgetLimit)
				body := io.MultiReader(bytes.NewReader(pattern(size)), iotest.ErrReader(end))
				if _, err := r.read(t.Context(), body, int64(length)); !errors.Is(err, end) {
					t.Errorf("%d bytes, length %d: %v, want %v", size, length, err, end)
				}
				wantFree(t, r)
			}
		}
	}
}

func TestBodiesBeyondTheLimit(t *testing.T) {
	for _, limit := range []int64{1, 100, minChunk, smallBody, budgetLimit} {
		for _, size := range []int64{limit + 1, limit + maxChunk, 10 * budgetLimit} {
			for _, length := range []int64{-1, size} {
				r := newMemoryBudget(limit)
				if _, err := r.read(t.Context(), zeros(size), length); !errors.Is(err, errTooLarge) {
					t.Errorf("%d bytes, limit %d, length %d: %v", size, limit, length, err)
				}
				wantFree(t, r)
			}
		}
		if got, err := newMemoryBudget(limit).read(t.Context(), zeros(limit), -1); err != nil || int64(len(got)) != limit {
			t.Errorf("limit %d: %d bytes, %v", limit, len(got), err)
		}
	}
}

func zeros(n int64) io.Reader { return io.LimitReader(zero{}, n) }

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// The test runs alone, since the counter is that of the process.
func TestReadingAllocatesLittleMoreThanTheLimit(t *testing.T) {
	const limit = 32 << 20
	need := uint64(unknownNeed(limit)) // what the budget is charged
	if need > limit*3/2+1<<20 {
		t.Errorf("a body without a length needs %d", need)
	}
	for name, c := range map[string]struct {
		size, length int64
		most         uint64
	}{
		"a bomb":                         {1 << 30, -1, need},
		"30 MB without a length":         {30 << 20, -1, need},
		"half of the limit":              {limit / 2, -1, limit + maxChunk},
		"30 MB with a length":            {30 << 20, 30 << 20, 30 << 20},
		"a length that is a lie":         {1, 1 << 40, 0},
		"a small body without a length":  {20 << 10, -1, 64 << 10},
		"a small body that has a length": {20 << 10, 20 << 10, 20 << 10},
	} {
		t.Run(name, func(t *testing.T) {
			r := newMemoryBudget(limit)
			body := zeros(c.size)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			_, err := r.read(t.Context(), body, c.length)
			runtime.ReadMemStats(&after)
			if fits := c.size <= limit && c.length <= limit; fits != (err == nil) {
				t.Error(err)
			}
			if took, most := after.TotalAlloc-before.TotalAlloc, c.most+64<<10; took > most {
				t.Errorf("%d bytes were allocated, want at most %d", took, most)
			}
		})
	}
}

// large is a body whose end comes when more is closed.
type large struct {
	io.Reader
	more <-chan struct{}
}

func (l *large) Read(p []byte) (int, error) {
	n, err := l.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		<-l.more
	}
	return n, err
}

func TestLargeBodiesWaitForMemory(t *testing.T) {
	for name, length := range map[string]int64{"a length": 2 << 20, "no length": -1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newMemoryBudget(8 << 20)
				held := defaultBudget - unknownNeed(8<<20) // enough is left for one
				if r.bytes.Acquire(t.Context(), held) != nil {
					t.Fatal("the budget is smaller than it should be")
				}
				end := make(chan struct{})
				read := make(chan int, 2)
				go func() {
					content, _ := r.read(t.Context(), &large{zeros(3 << 20), end}, -1)
					read <- len(content)
				}()
				synctest.Wait()
				go func() {
					content, _ := r.read(t.Context(), zeros(2<<20), length)
					read <- len(content)
				}()
				if small, err := r.read(t.Context(), zeros(smallBody), -1); err != nil || len(small) != smallBody {
					t.Error("a small body needs no part of the budget", err)
				}
				synctest.Wait()
				if len(read) != 0 {
					t.Error("there is memory for one")
				}
				close(end)
				if a, b := <-read, <-read; a+b != 5<<20 {
					t.Error(a, b)
				}
				r.bytes.Release(held)
				wantFree(t, r)
			})
		})
	}
}

func TestABodyThatGetsNoMemory(t *testing.T) {
	for _, length := range []int64{-1, 2 << 20} {
		r := newMemoryBudget(8 << 20)
		if !r.bytes.TryAcquire(defaultBudget) {
			t.Fatal("the budget is smaller than it should be")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := r.read(ctx, zeros(2<<20), length)
		if f := fault.Of(err); f.Kind != fault.UpstreamUnavailable || f.Reason != shedMemory {
			t.Error(err)
		}
		r.bytes.Release(defaultBudget)
		wantFree(t, r)
	}
}

// The budget admits the largest body however little memory the process has.
func TestTheBudgetAdmitsTheLargestBody(t *testing.T) {
	const limit = 1 << 30
	if !newMemoryBudget(limit).bytes.TryAcquire(unknownNeed(limit)) {
		t.Error("it does not")
	}
}

func BenchmarkReadGzip(b *testing.B) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write(usageRows(4 << 20))
	_ = z.Close()
	r := newMemoryBudget(32 << 20)
	b.ReportAllocs()
	for b.Loop() {
		body, err := gzip.NewReader(bytes.NewReader(packed.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := r.read(b.Context(), body, -1); err != nil {
			b.Fatal(err)
		}
	}
}
