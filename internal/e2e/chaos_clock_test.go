//go:build chaos

package e2e_test

import (
	_ "embed"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/testkit"
)

//go:embed testdata/clock.c
var clockSource []byte

// clockedRedis is a Redis whose wall clock a test moves. Its monotonic clock stays as it is.
type clockedRedis struct {
	*testkit.Redis
	t      testing.TB
	offset string // file with the clock's offset in seconds
}

// startClockedRedis starts one whose clock is right. It needs a C compiler, and a C library that loads LD_PRELOAD.
func startClockedRedis(t testing.TB) *clockedRedis {
	t.Helper()
	server, compiler := testkit.Program(t, "redis-server", "redis-server"), testkit.Program(t, "a C compiler", "cc", "gcc")
	dir := t.TempDir()
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	if err := os.WriteFile(source, clockSource, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := &clockedRedis{t: t, offset: filepath.Join(dir, "offset")}
	if err := os.WriteFile(r.offset, make([]byte, 8), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Redis = testkit.StartRedisBy(t,
		[]string{testkit.Program(t, "env", "env"), "CLOCK_OFFSET_FILE=" + r.offset, "LD_PRELOAD=" + library, server})
	return r
}

// moveClock sets how far the server's wall clock is ahead of the real one; a negative offset puts it behind.
func (r *clockedRedis) moveClock(offset time.Duration) {
	r.t.Helper()
	file, err := os.OpenFile(r.offset, os.O_WRONLY, 0) // not truncated: the server has it mapped
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	if _, err = file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(int64(offset/time.Second))), 0); err != nil {
		r.t.Fatal(err)
	}
}
