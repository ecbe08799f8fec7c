package testkit

import (
	"flag"
	"os"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// Check is rapid.Check with cases that are the same on every run. `make nightly` tests others, and more of them.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	check(t, property, "100")
}

// CheckFew is Check for a slow property: a fifth of the cases in the suite, and as many as any other in `make nightly`.
func CheckFew(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	check(t, property, "20")
}

func check(t *testing.T, property func(*rapid.T), cases string) {
	t.Helper()
	setting(t, "rapid.seed", "TEST_SEED", "1")
	setting(t, "rapid.checks", "TEST_CHECKS", cases)
	rapid.Check(t, property)
}

// given are the flags that the command line sets.
var given = sync.OnceValue(func() map[string]bool {
	names := map[string]bool{}
	flag.Visit(func(f *flag.Flag) { names[f.Name] = true })
	return names
})

// setting sets a flag of rapid's to the environment's value, or to a default. A flag that the command line sets stays.
func setting(t *testing.T, name, variable, value string) {
	t.Helper()
	if given()[name] {
		return
	}
	if set := os.Getenv(variable); set != "" {
		value = set
	}
	if err := flag.Set(name, value); err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
}
