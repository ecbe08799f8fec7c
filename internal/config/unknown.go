package config

import (
	"regexp"
	"slices"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

// unknown returns a warning for every variable that was meant for the gateway and is no setting, nor a password for the accounts file.
func (e environment) unknown(passwords map[string]bool) (warnings []string) {
	known := knownNames()
	for name, value := range e {
		if value == "" || passwords[name] || slices.Contains(known, name) || !isMeant(name, value) {
			continue
		}
		warning := name + " is not a setting of the gateway"
		if near := spell.Nearest(name, known); near != "" {
			warning += "; did you mean " + near + "?"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}

var (
	// systemd are variables that it sets: for sockets that it hands over, and for the directory of CacheDirectory=.
	systemd = []string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "CACHE_DIRECTORY"}
	// serviceLink are variables that Kubernetes sets for each service of the namespace, which may be called redis. Docker's have the same
	// form. NAME_PORT is one only if it has a URL.
	serviceLink = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$`)
)

// isMeant reports whether a variable was probably set for the gateway: it begins with the first word of a setting, as CACHE_ does, and
// neither Kubernetes nor systemd sets it.
func isMeant(name, value string) bool {
	word, _, _ := strings.Cut(name, "_")
	begins := func(setting string) bool { return strings.HasPrefix(setting, word+"_") && len(name) > len(word) }
	linked := serviceLink.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://")
	return slices.ContainsFunc(Names(), begins) && !linked && !slices.Contains(systemd, name)
}
