package handlers

import (
	"strconv"
	"strings"
)

// acceptsJSON says whether an Accept header (RFC 9110, 12.5.1) leaves application/json. No header leaves everything.
func acceptsJSON(header []string) bool {
	if len(header) == 0 || len(header) == 1 && (header[0] == "*/*" || header[0] == "application/json" || header[0] == "") {
		return true
	}
	quality, precision, empty := 0.0, 0, true
	for media, q := range weighted(header) {
		empty = false
		if p := precisions[media]; p > precision {
			quality, precision = q, p
		}
	}
	return quality > 0 || empty
}

// precisions are the media ranges that application/json falls into; the most precise one counts.
var precisions = map[string]int{"*/*": 1, "application/*": 2, "application/json": 3}

// acceptsGzip says whether an Accept-Encoding header (RFC 9110, 12.5.3) prefers gzip to the plain body, or likes it as much.
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

// weighted walks over the elements of a list with their q values, 1 where there is none. Names come in lower case; an
// element with a weight that is none counts as refused.
func weighted(header []string) func(yield func(string, float64) bool) {
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
