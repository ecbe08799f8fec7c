// Command bench measures the gateway beside other servers, and how its cost grows. Its arguments are the sections to measure; without
// any, it measures all. A section writes its tables and its raw samples into -results. Rounds are interleaved and medians taken, since
// a single number from one machine means little. The servers have one processor and the load another, so it needs two. It needs wrk,
// nginx with its module http-js, varnishd and redis-server on PATH.
package main
