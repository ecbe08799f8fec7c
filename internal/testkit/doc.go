// Package testkit starts the real components that tests need. If one is missing, the test is skipped and counted, or, if CI is set, fails.
// It also has what tests of several packages share. Only tests import it.
package testkit
