package handlers

import (
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

// directives reads a request's Cache-Control (RFC 9111, 5.2.1). What is not known here is ignored.
func directives(header []string) (d cache.Directives) {
	for _, line := range header {
		for line != "" {
			var directive string
			directive, line, _ = strings.Cut(line, ",")
			switch strings.ToLower(strings.TrimSpace(directive)) {
			case "no-cache":
				d.NoCache = true
			case "only-if-cached":
				d.OnlyIfCached = true
			}
		}
	}
	return d
}

// unhurried says whether a request gives itself the lowest urgency (RFC 9218, 4.1), as a warm-up does.
func unhurried(header []string) bool {
	for _, line := range header {
		for line != "" {
			var parameter string
			parameter, line, _ = strings.Cut(line, ",")
			if strings.TrimSpace(parameter) == "u=7" {
				return true
			}
		}
	}
	return false
}
