package testkit

import (
	"os/exec"
	"testing"
)

// busyLoop runs for minutes, so that a process that outlives its test ends by itself.
const busyLoop = "i=0; while [ $i -lt 300000000 ]; do i=$((i+1)); done"

// KeepBusy runs processes that use all the processor time that they get, until the end of the test.
func KeepBusy(t testing.TB, processes int) {
	t.Helper()
	for range processes {
		command := exec.CommandContext(t.Context(), need(t, "a shell", "sh"), "-c", busyLoop)
		must(t, command.Start())
		t.Cleanup(func() { _ = command.Wait() }) // the context ends before
	}
}
