// Command gateway is a caching REST gateway in front of Rocket.
package main

import "os"

func main() {
	os.Exit(run(untilSignal(), os.Args[1:], process{
		environ: os.Environ(), root: os.DirFS("/"), stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
	}))
}
