package testkit

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
)

// Ports for servers that cannot listen on port 0 and report the port that they got. They are below those that Linux gives to
// outgoing connections, so that a server finds its port free again after a restart.
const (
	firstPort = 20_000
	lastPort  = 29_999
)

// Address returns a loopback address to listen on. It is reserved until the end of the test: no other test gets it, in this
// process or another.
func Address(t testing.TB) string {
	t.Helper()
	directory := filepath.Join(os.TempDir(), fmt.Sprintf("testkit-ports-%d", os.Getuid()))
	must(t, os.MkdirAll(directory, 0o700))
	for range 1000 {
		port := strconv.Itoa(firstPort + rand.N(lastPort-firstPort+1))
		lock, err := os.OpenFile(filepath.Join(directory, port), os.O_CREATE|os.O_RDWR, 0o600)
		must(t, err)
		if address := net.JoinHostPort("127.0.0.1", port); reserve(lock) && free(address) {
			t.Cleanup(func() { _ = lock.Close() })
			return address
		}
		_ = lock.Close()
	}
	t.Fatal("no port is free")
	return ""
}

// reserve reports whether no other process, and no other test of this one, holds the lock. Closing the file releases it.
func reserve(lock *os.File) bool {
	return syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

// free reports whether no server listens on an address.
func free(address string) bool {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}
