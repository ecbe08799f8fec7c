// Package cli is the command line: one file for each command. It owns what belongs to the process as a whole: the environment, signals,
// the terminal, the exit status.
package cli
