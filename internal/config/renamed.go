package config

import (
	"maps"
	"slices"
	"strings"
)

// renamed has the new name of each setting that was renamed, by its old one. The old name works for at least one release, with a warning.
// Then its row can go, if the changelog says so (docs/upgrading.md).
var renamed = map[string]string{}

// oldNames returns the new names of variables by the old ones, with those of variables that name files.
func oldNames() map[string]string {
	all := maps.Clone(renamed)
	for old, name := range renamed {
		if slices.Contains(knownNames(), name+"_FILE") {
			all[old+"_FILE"] = name + "_FILE"
		}
	}
	return all
}

// rename gives variables with old names their new ones, for the settings with a prefix. It returns a fault for each that has both.
func (e environment) rename(prefix string) (warnings []string, faults Faults) {
	names := oldNames()
	for _, old := range slices.Sorted(maps.Keys(names)) {
		name, value := names[old], e[old]
		if value == "" || !strings.HasPrefix(name, prefix) {
			continue
		}
		if e[name] != "" {
			faults = append(faults, old+": is the old name of "+name+", which is set too; remove one")
		} else {
			e[name] = value
			warnings = append(warnings, old+" is the old name of "+name+" and will have no effect in a later version; rename it")
		}
		delete(e, old)
	}
	return warnings, faults
}
