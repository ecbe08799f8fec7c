package cli

import (
	"math"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/config"
)

// memory returns the limits of the process's memory.
func (p process) memory() config.Memory {
	m := config.Memory{Container: config.ContainerMemory(p.root)}
	if limit := debug.SetMemoryLimit(-1); limit != math.MaxInt64 {
		m.Go = limit
	}
	return m
}

// adoptContainerMemory has Go's collector work harder before the container's memory limit is reached, as GOMEMLIMIT does. A
// GOMEMLIMIT in the environment stays, even "off".
func (p process) adoptContainerMemory() {
	set := slices.ContainsFunc(p.environ, func(line string) bool {
		name, value, _ := strings.Cut(line, "=")
		return name == "GOMEMLIMIT" && value != ""
	})
	if container := config.ContainerMemory(p.root); container > 0 && !set {
		debug.SetMemoryLimit(config.GoMemory(container))
	}
}
