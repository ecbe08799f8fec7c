// Package shape sorts, searches and pages the rows of a list. Rows keep Rocket's bytes.
//
// An Index has what the rows of one body compare by: for each member the rank of every row, and the texts in which callers search.
// It depends on the body alone, not on the caller, and never changes. With it, a selection neither parses nor collates anything:
// sorting by a member is one counting sort by ranks.
package shape
