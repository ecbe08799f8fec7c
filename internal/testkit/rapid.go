package testkit

import (
	"flag"
	"os"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

// seed is where rapid's cases begin: they are the same on every run, unless the environment's TEST_SEED or the flag -rapid.seed sets
// others.
var seed = sync.OnceFunc(func() {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.seed" })
	if given {
		return
	}
	value := os.Getenv("TEST_SEED")
	if value == "" {
		value = "1"
	}
	if err := flag.Set("rapid.seed", value); err != nil {
		panic("TEST_SEED: " + err.Error())
	}
})

// Check is rapid.Check with cases that are the same on every run. `make nightly` tries others, by TEST_SEED.
func Check(t *testing.T, property func(*rapid.T)) {
	t.Helper()
	seed()
	rapid.Check(t, property)
}
