package config

import (
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Memory is the bounds of the process's memory, in bytes. Zero is no limit.
type Memory struct {
	Container int64 // beyond it the kernel ends the process
	Go        int64 // GOMEMLIMIT, which Go's collector tries to keep
}

// unlimited is below every value that cgroup v1 has for no limit: the largest multiple of a page, whose size differs.
const unlimited int64 = math.MaxInt64 >> 1

// ContainerMemory returns the memory limit of the process's control group, or zero without one. root is the root directory of the
// system. The limit is the least of the group and its parents, in version 2 or 1 of control groups. A container may see its own
// group as the root, under whatever path the host has for it.
func ContainerMemory(root fs.FS) int64 {
	groups, _ := fs.ReadFile(root, "proc/self/cgroup") // absent on other systems
	limit := unlimited
	for line := range strings.Lines(string(groups)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3) // id, controllers, path
		if len(fields) < 3 {
			continue
		}
		mount, file := "sys/fs/cgroup", "memory.max"
		if fields[1] != "" {
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		}
		if fields[1] != "" && !slices.Contains(strings.Split(fields[1], ","), "memory") {
			continue
		}
		for dir, next := "", path.Clean("/"+fields[2]); dir != "/"; next = path.Dir(next) {
			dir = next
			content, _ := fs.ReadFile(root, path.Join(mount, dir, file))
			if n, _ := strconv.ParseInt(strings.TrimSpace(string(content)), 10, 64); n > 0 { // else absent, or "max"
				limit = min(limit, n)
			}
		}
	}
	if limit == unlimited {
		return 0
	}
	return limit
}

// ownMemory is what a process needs without any entry.
const ownMemory = 128 << 20

// MemoryWarnings returns warnings about limits that are too low for CACHE_MEMORY_BYTES. docs/sizing.md has the rule: half as much again
// for the collector's slack and the bodies that are read, and ownMemory.
func (c *Config) MemoryWarnings(m Memory) (warnings []string) {
	need := c.CacheMemoryBytes/2*3 + ownMemory
	if 0 < m.Container && m.Container < need {
		warnings = append(warnings, fmt.Sprintf("CACHE_MEMORY_BYTES is %d, which needs a memory limit of %d; "+
			"the container's is %d, and beyond it the kernel ends the process: %s",
			c.CacheMemoryBytes, need, m.Container, remedy("the limit", m.Container)))
	}
	if collector := GoMemory(need); 0 < m.Go && m.Go < collector {
		warnings = append(warnings, fmt.Sprintf("CACHE_MEMORY_BYTES is %d, which needs a GOMEMLIMIT of %d; "+
			"it is %d, and near it Go's collector takes the processor: %s", c.CacheMemoryBytes, collector, m.Go, remedy("GOMEMLIMIT", m.Go/9*10)))
	}
	return warnings
}

// remedy returns what to do about a limit.
func remedy(name string, container int64) string {
	if most := (container - ownMemory) / 3 * 2; most > 0 {
		return fmt.Sprintf("raise %s, or lower CACHE_MEMORY_BYTES to %d", name, most)
	}
	return "raise " + name
}

// GoMemory returns the GOMEMLIMIT that fits a container's memory limit: nine tenths of it, since the kernel counts more than Go.
func GoMemory(container int64) int64 { return container / 10 * 9 }
