package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set at link time for releases.
var version = ""

type versionCommand struct{}

// Run prints one line, as --version does.
func (versionCommand) Run(p process) error {
	_, err := fmt.Fprintln(p.stdout, versionLine())
	return err
}

func versionLine() string {
	return fmt.Sprintf("gateway %s %s %s/%s", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// buildVersion is the release, or what the Go tool knows of the source.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
