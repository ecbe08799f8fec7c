package handlers

import "strings"

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
