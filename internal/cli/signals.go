package cli

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// sameOrder is how long after the first signal another one means the same: a terminal and a supervisor that both pass one order on
// to a process do so within a millisecond.
const sameOrder = 10 * time.Millisecond

// untilSignal returns a context that ends with SIGINT or SIGTERM. Nothing of the drain is visible before a second signal ends the
// process at once, so that an operator who has seen the drain begin can rely on that.
func untilSignal() context.Context {
	ctx, end := context.WithCancel(context.Background())
	first := make(chan os.Signal, 1)
	signal.Notify(first, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-first
		time.Sleep(sameOrder)
		signal.Stop(first) // now the runtime ends the process at the next one, also as process 1, where the kernel would not
		end()
	}()
	return ctx
}

// outliveReaders lets a server go on if the reader of its standard output or error exits, as in `gateway serve | head`: lines
// are lost instead. By default, Go ends the process with SIGPIPE at the next write there, without a drain.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
