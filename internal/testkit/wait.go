package testkit

import (
	"testing"
	"time"
)

// Patience is how long a test waits for a condition. It only ends tests that hang, so it is far longer than anything takes on
// the busiest machine.
const Patience = 2 * time.Minute

// Until waits until a condition holds, and fails the test if it does not within Patience.
func Until(t testing.TB, condition string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("deadline exceeded before %s", condition)
		}
	}
}
