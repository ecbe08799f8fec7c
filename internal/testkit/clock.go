package testkit

import (
	_ "embed"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

//go:embed clock/clock.c
var clockSource []byte

// ClockedRedis is a Redis whose wall clock a test moves. Its monotonic clock stays as it is.
type ClockedRedis struct {
	*Redis
	offset string // file with the clock's offset in seconds
}

// StartClockedRedis starts one whose clock is right. It needs a C compiler, and a C library that loads LD_PRELOAD.
func StartClockedRedis(t testing.TB) *ClockedRedis {
	t.Helper()
	server, compiler := need(t, "redis-server", "redis-server"), need(t, "a C compiler", "cc", "gcc")
	dir := t.TempDir()
	source, library := filepath.Join(dir, "clock.c"), filepath.Join(dir, "clock.so")
	must(t, os.WriteFile(source, clockSource, 0o600))
	if out, err := exec.CommandContext(t.Context(), compiler, "-shared", "-fPIC", "-o", library, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	r := &ClockedRedis{offset: filepath.Join(dir, "offset")}
	must(t, os.WriteFile(r.offset, make([]byte, 8), 0o600))
	r.Redis = startRedis(t, []string{need(t, "env", "env"), "CLOCK_OFFSET_FILE=" + r.offset, "LD_PRELOAD=" + library, server})
	return r
}

// MoveClock sets how far the server's wall clock is ahead of the real one; a negative offset puts it behind.
func (r *ClockedRedis) MoveClock(offset time.Duration) {
	r.t.Helper()
	file, err := os.OpenFile(r.offset, os.O_WRONLY, 0) // not truncated: the server has it mapped
	must(r.t, err)
	defer func() { _ = file.Close() }()
	_, err = file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(int64(offset/time.Second))), 0)
	must(r.t, err)
}
