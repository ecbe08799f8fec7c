// Package version has the version that a command was built as.
package version

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set at link time for releases.
var release = ""

// String returns the release, or what the Go tool knows of the source.
func String() string {
	if release != "" {
		return release
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// Line returns what the command prints as its version: its name, the version, Go's, and the platform.
func Line(command string) string {
	return fmt.Sprintf("%s %s %s %s/%s", command, String(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
