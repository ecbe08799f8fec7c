// Package testkit starts the real components that tests need, or finds the tools, and says so where one is missing: then a test
// is skipped and counted, or, where CI is set, fails. It also tries the ways in which secrets get printed. Only tests import it.
package testkit
