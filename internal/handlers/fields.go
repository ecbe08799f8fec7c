package handlers

import (
	"iter"
	"strconv"
	"strings"

	"github.com/rocket-gateway/rocket-gateway/internal/cache"
)

const (
	jsonMedia = "application/json"
	csvMedia  = "text/csv"
)

// acceptsJSON reports whether an Accept field (RFC 9110, 12.5.1) admits application/json.
func acceptsJSON(header []string) bool { return plain(header) || quality(header, jsonMedia) > 0 }

// plain reports whether an Accept field is one of those that most clients send. They prefer nothing to JSON.
func plain(header []string) bool {
	return len(header) == 0 || len(header) == 1 && (header[0] == "*/*" || header[0] == jsonMedia || header[0] == "")
}

// quality returns how much an Accept field prefers a media type: the q value of the most precise range with it. Without the field,
// everything is admitted.
func quality(header []string, media string) float64 {
	group, _, _ := strings.Cut(media, "/")
	precisions := map[string]int{"*/*": 1, group + "/*": 2, media: 3}
	quality, precision, empty := 0.0, 0, true
	for media, q := range weighted(header) {
		empty = false
		if p := precisions[media]; p > precision {
			quality, precision = q, p
		}
	}
	if empty {
		return 1
	}
	return quality
}

// acceptsGzip reports whether an Accept-Encoding field (RFC 9110, 12.5.3) weighs gzip no less than the plain body.
func acceptsGzip(header []string) bool {
	if len(header) == 0 {
		return false
	}
	gzip, identity, other := -1.0, -1.0, -1.0
	for coding, q := range weighted(header) {
		switch coding {
		case "gzip", "x-gzip":
			gzip = q
		case "identity":
			identity = q
		case "*":
			other = q
		}
	}
	if gzip < 0 {
		gzip = other
	}
	return gzip > 0 && gzip >= identity
}

// weighted returns the elements of a list, in lower case, with their q values: 1 if an element has none, 0 if it is not valid.
func weighted(header []string) iter.Seq2[string, float64] {
	return func(yield func(string, float64) bool) {
		for _, line := range header {
			for line != "" {
				var element string
				element, line = cutOutsideQuotes(line, ',')
				name, parameters := cutOutsideQuotes(element, ';')
				if name = strings.TrimSpace(name); name == "" {
					continue
				}
				if !yield(strings.ToLower(name), weight(parameters)) {
					return
				}
			}
		}
	}
}

// cutOutsideQuotes cuts at the first separator that is not in a quoted string (RFC 9110, 5.6.4).
func cutOutsideQuotes(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted:
			i++
		case c == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

func weight(parameters string) float64 {
	for parameters != "" {
		var p string
		p, parameters = cutOutsideQuotes(parameters, ';')
		name, value, _ := strings.Cut(strings.TrimSpace(p), "=")
		if !strings.EqualFold(name, "q") {
			continue
		}
		q, err := strconv.ParseFloat(value, 64)
		if err != nil || q < 0 || q > 1 {
			return 0
		}
		return q
	}
	return 1
}

// elements returns the elements of a list without quoted strings, and without the white space around them.
func elements(header []string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, line := range header {
			for element := range strings.SplitSeq(line, ",") {
				if !yield(strings.TrimSpace(element)) {
					return
				}
			}
		}
	}
}

// directives reads a request's Cache-Control (RFC 9111, 5.2.1), except for directives that the cache does not know.
func directives(header []string) (d cache.Directives) {
	for directive := range elements(header) {
		switch strings.ToLower(directive) {
		case "no-cache":
			d.NoCache = true
		case "only-if-cached":
			d.OnlyIfCached = true
		}
	}
	return d
}

// lowestUrgency reports whether a Priority field has the lowest urgency (RFC 9218, 4.1), as those of a warm-up have.
func lowestUrgency(header []string) bool {
	for parameter := range elements(header) {
		if parameter == "u=7" {
			return true
		}
	}
	return false
}

const whitespace = " \t" // OWS of RFC 9110, 5.6.3

// matches reports whether an If-None-Match field names our entity tag, by weak comparison (RFC 9110, 13.1.2), or is "*" and
// nothing else. Several lines are one list. A field that is not valid matches nothing: the caller gets the whole response.
func matches(field []string, tag string) bool {
	if len(field) == 1 && strings.Trim(field[0], whitespace) == "*" {
		return true
	}
	found := false
	for _, line := range field {
		for line = strings.Trim(line, whitespace); line != ""; line = strings.TrimLeft(line, whitespace) {
			if line[0] == ',' { // empty elements are allowed (5.6.1.2)
				line = line[1:]
				continue
			}
			candidate, rest := cutEntityTag(line)
			rest = strings.TrimLeft(rest, whitespace)
			if candidate == "" || rest != "" && rest[0] != ',' {
				return false
			}
			found = found || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(tag, "W/")
			line = rest
		}
	}
	return found
}

// cutEntityTag returns the entity tag that s begins with (RFC 9110, 8.8.3), or "" if there is none, and what follows the tag.
func cutEntityTag(s string) (tag, rest string) {
	opaque, ok := strings.CutPrefix(strings.TrimPrefix(s, "W/"), `"`)
	end := strings.IndexByte(opaque, '"')
	if !ok || end < 0 {
		return "", s
	}
	for i := range end {
		if c := opaque[i]; c <= ' ' || c == 0x7f {
			return "", s
		}
	}
	rest = opaque[end+1:]
	return s[:len(s)-len(rest)], rest
}
