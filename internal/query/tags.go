package query

import (
	"slices"
	"strings"
	"time"

	"github.com/rocket-gateway/rocket-gateway/internal/spell"
)

// The kinds of Tags. All but the first and the last have an id.
const (
	tagProvider = "provider"
	tagPeriod   = "period"
)

var tagKinds = []string{tagProvider, "distributor", "reseller", "customer", "subscription", tagPeriod}

var providers = []string{string(Azure), string(AWS), string(GCP)}

// CheckTag returns what to change in a tag that no query can have, or "".
func CheckTag(tag string) string {
	kind, value, ok := strings.Cut(tag, ":")
	switch {
	case !ok || !slices.Contains(tagKinds, kind):
		return "must begin with provider:, distributor:, reseller:, customer:, subscription: or period:" + suggest(kind, tagKinds, ":")
	case value == "":
		return "must have a value behind the colon"
	case kind == tagProvider && !Provider(value).Valid():
		return "must be provider:azure, provider:aws or provider:gcp" + suggest(value, providers, "")
	case kind == tagPeriod:
		if _, err := time.Parse(monthForm, value); err != nil {
			return "must be a month as period:YYYY-MM"
		}
	}
	var f faults
	if f.checkText(kind, value, maxText); len(f.params) > 0 {
		return "has an id that " + f.params[0].Message
	}
	return ""
}

// suggest asks whether the known word nearest to another one was meant, if there is one.
func suggest(word string, known []string, suffix string) string {
	if near := spell.Nearest(word, known); near != "" {
		return "; did you mean " + near + suffix + "?"
	}
	return ""
}
