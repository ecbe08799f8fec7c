// Package table writes the rows of a list, or of a trend, as CSV (RFC 4180): a header row, then one record for each row, each ended by
// CRLF. Text stays as it is, byte for byte, unless a spreadsheet would take it for a formula. Numbers keep Rocket's digits.
package table
