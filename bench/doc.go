// Command bench measures warm hits side by side: the gateway with and without tokens, a bare net/http handler that writes the same
// bytes, nginx and Varnish. Rounds are interleaved and medians taken, since a single number from one machine means little; it
// prints ratios. It needs wrk, nginx and varnishd on PATH; `make bench` writes RESULTS.md.
package main
