// Package spell finds the known word that an unknown one was probably meant to be.
package spell

import "strings"

// maxLength bounds the work that a hostile word can cause.
const maxLength = 64

// Nearest gives the one of known that is at most a third of its length away from word, or "".
func Nearest(word string, known []string) string {
	if len(word) > maxLength {
		return ""
	}
	word = strings.ToLower(word)
	best, bestDistance := "", maxLength
	for _, k := range known {
		d := distance(word, strings.ToLower(k))
		if strings.HasPrefix(strings.ToLower(k), word) && len(word) > 3 {
			d = min(d, 1)
		}
		if d < bestDistance && d*3 <= len(k) {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the number of insertions, deletions and substitutions between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
