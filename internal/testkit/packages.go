package testkit

import (
	"bytes"
	"os"
	"testing"
)

// NodePackages returns the directory of the npm packages of clients/, for a test of a package below internal. If they are not
// installed, it ends the test as Missing does.
func NodePackages(t testing.TB) string {
	t.Helper()
	const directory = "../../.cache/clients/node_modules"
	wanted, err := os.ReadFile("../../clients/package-lock.json")
	must(t, err)
	installed, err := os.ReadFile(directory + "/.installed")
	if err != nil || !bytes.Equal(wanted, installed) {
		Missing(t, "the npm packages of clients/", "are not installed; scripts/test installs them")
	}
	return directory
}
