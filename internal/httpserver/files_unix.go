//go:build unix

package httpserver

import "syscall"

// openFiles returns how many files and connections the process may have open.
func openFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return unlimited
	}
	return uint64(limit.Cur) //nolint:unconvert // signed on some systems, and never negative
}
