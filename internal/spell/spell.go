// Package spell finds the known word that an unknown one was probably meant to be.
package spell

import "strings"

// maxLength bounds the work that a hostile word can cause.
const maxLength = 64

// Nearest returns the known word whose distance from word is at most a third of its length, or "".
func Nearest(word string, known []string) string {
	if len(word) > maxLength {
		return ""
	}
	word = strings.ToLower(word)
	best, bestDistance := "", maxLength
	for _, k := range known {
		lower := strings.ToLower(k)
		d := distance(word, lower)
		if strings.HasPrefix(lower, word) && len(word) > 3 {
			d = min(d, 1)
		}
		if d < bestDistance && d*3 <= len(k) {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance returns the Levenshtein distance between a and b: the least number of insertions, deletions and substitutions.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitution := diagonal
			if a[i] != b[j] {
				substitution++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitution, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
