package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// renamed has the new name of each setting that was renamed, by its old one. The old name works for at least one release, with a warning.
// Then its row can go, if the changelog says so (docs/upgrading.md).
var renamed = map[string]string{}

// OldNames returns the new names of variables by the old ones, with those of variables that name files.
func OldNames() map[string]string {
	all := maps.Clone(renamed)
	for old, name := range renamed {
		if slices.Contains(knownNames(), name+"_FILE") {
			all[old+"_FILE"] = name + "_FILE"
		}
	}
	return all
}

// renames are the old names that an environment has, with the new ones.
type renames map[string]string

// rename gives variables with old names their new ones, for the settings with a prefix. It returns a fault for each that has both, with
// different values. The same value is none: replicas of two versions may share an environment.
func (e environment) rename(prefix string) (renames, Faults) {
	found, faults := OldNames(), Faults(nil)
	for _, old := range slices.Sorted(maps.Keys(found)) {
		name, value := found[old], e[old]
		delete(e, old)
		switch {
		case value == "" || !strings.HasPrefix(name, prefix):
			delete(found, old)
		case e[name] != "" && e[name] != value:
			delete(found, old)
			faults = append(faults, old+": is the old name of "+name+", which has another value; remove one")
		default:
			e[name] = value
		}
	}
	return found, faults
}

// warnings returns a warning for each old name, which begins with it and a separator.
func (r renames) warnings(separator string) (warnings []string) {
	for _, old := range slices.Sorted(maps.Keys(r)) {
		name := r[old]
		warnings = append(warnings, old+separator+"is the old name of "+name+" and will have no effect in a later version; set "+name+" instead")
	}
	return warnings
}

// explain returns faults with the old names of the settings that they mention, and behind them the warnings.
func (r renames) explain(faults Faults) Faults {
	for _, old := range slices.Sorted(maps.Keys(r)) {
		mention := regexp.MustCompile(`\b` + strings.TrimSuffix(r[old], "_FILE") + `(_FILE)?\b`)
		for i, fault := range faults {
			switch at := mention.FindStringIndex(fault); {
			case at == nil:
			case at[0] == 0: // the fault is about it
				faults[i] += " (set as " + old + ")"
			default:
				faults[i] += " (" + r[old] + " is set as " + old + ")"
			}
		}
	}
	return append(faults, r.warnings(": ")...)
}
