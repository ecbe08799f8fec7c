package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// sameOrder is how long after the first signal another one means the same: a terminal and a supervisor that each pass on one order
// to a process send it within a millisecond.
const sameOrder = 10 * time.Millisecond

// untilSignal gives a context that ends with SIGINT or SIGTERM. Whatever is done about it is seen outside only once a second signal
// ends the process at once, so that whoever has seen the drain begin can rely on that.
func untilSignal() context.Context {
	ctx, end := context.WithCancel(context.Background())
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-first
		time.Sleep(sameOrder)
		signal.Stop(first) // now the runtime ends the process by the next one, also where the kernel would not: as process 1
		end()
	}()
	return ctx
}

// outliveReaders lets a server go on if the reader of its standard output or error exits, as in `gateway serve | head`: lines
// are lost instead. By default, Go ends the process with SIGPIPE at the next write there, without a drain.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
