package config

import (
	"strconv"
	"strings"
)

// sizeUnits are those of Kubernetes' quantities that are powers of two.
var sizeUnits = [...]string{"Ki", "Mi", "Gi", "Ti"}

// byteCount returns a parser of numbers of bytes up to most, which is written as operators write it.
func byteCount(most string) func(string) (int64, error) {
	limit, err := parseBytes(most)
	if err != nil {
		panic(err)
	}
	return between(parseBytes, 1, limit, "must be a number of bytes from 1 to "+most+", as in 268435456 or 256Mi")
}

// parseBytes parses a number of bytes, with or without a unit.
func parseBytes(value string) (int64, error) {
	shift := 0
	for i, unit := range sizeUnits {
		if number, ok := strings.CutSuffix(value, unit); ok {
			value, shift = number, 10*(i+1)
			break
		}
	}
	n, err := strconv.ParseInt(value, 10, 64-shift)
	return n << shift, err
}
