package cli

import (
	"fmt"

	"github.com/rocket-gateway/rocket-gateway/internal/version"
)

type versionCommand struct{}

// Run prints one line, as --version does.
func (versionCommand) Run(p process) error {
	_, err := fmt.Fprintln(p.stdout, version.Line("gateway"))
	return err
}
