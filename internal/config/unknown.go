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
		if value == "" || passwords[name] || slices.Contains(known, name) || !e.isMeant(name) {
			continue
		}
		warning := name + " is not a setting of the gateway"
		if near := nearest(name); near != "" {
			warning += "; did you mean " + near + "?"
		}
		warnings = append(warnings, warning)
	}
	slices.Sort(warnings)
	return warnings
}

var (
	// systemd are variables that it sets for a service, if its unit says so: LISTEN_FDS for sockets, CACHE_DIRECTORY for CacheDirectory=.
	systemd = []string{"LISTEN_PID", "LISTEN_PIDFDID", "LISTEN_FDS", "LISTEN_FDNAMES", "CACHE_DIRECTORY", "LOG_NAMESPACE"}
	// link matches variables that Kubernetes sets for each service of the namespace, and Docker for each link to a container. Either may
	// be called redis.
	link = regexp.MustCompile(`_SERVICE_(HOST|PORT(_\w+)?)$|_PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_ADDR|(_PORT)?(_START|_END)?)$|_ENV_`)
	// redisAddress matches variables that platforms set beside REDIS_URL: its parts, and other addresses of the same Redis.
	redisAddress = regexp.MustCompile(`^REDIS_(HOST|PORT|USER|USERNAME|PASSWORD|TLS_URL|TEMPORARY_URL)$`)
)

// isMeant reports whether a variable was probably set for the gateway: it begins with the first word of a setting, as CACHE_ does, and
// is none that Kubernetes, Docker, systemd or a platform sets.
func (e environment) isMeant(name string) bool {
	redis := redisAddress.MatchString(name) && (e["REDIS_URL"] != "" || e["REDIS_URL_FILE"] != "")
	return len(sameWord(name)) > 0 && !redis && !isLink(name, e[name]) && !slices.Contains(systemd, name)
}

// isLink reports whether a variable is that of a service or a link. Two of their names are so only with such a value: REDIS_PORT with a
// URL, and REDIS_NAME with /container/redis.
func isLink(name, value string) bool {
	return link.MatchString(name) || strings.HasSuffix(name, "_PORT") && strings.Contains(value, "://") ||
		strings.HasSuffix(name, "_NAME") && strings.HasPrefix(value, "/")
}

// nearest returns the variable that an unknown one was probably meant to be, or "".
func nearest(name string) string {
	if redisAddress.MatchString(name) {
		return "REDIS_URL"
	}
	return spell.Nearest(name, sameWord(name))
}

// sameWord returns the variables with the same first word as an unknown one: a password of REDIS_ is none of ROCKET_.
func sameWord(name string) []string {
	word, _, found := strings.Cut(name, "_")
	return slices.DeleteFunc(knownNames(), func(known string) bool { return !found || !strings.HasPrefix(known, word+"_") })
}
