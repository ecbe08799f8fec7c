// Package handlers is the API over HTTP. A request passes forward through it:
//
//	server.go      every middleware and route, in order
//	middleware.go  normal path, panics, CORS, bounds on the request
//	auth.go        caller, rate limit and quota
//	memo.go        a request seen before continues at the cache
//	endpoints.go   query string → query → narrowed to the caller → cache
//	compose.go     a composed query: each part as above → part.go fetches them → composed.go makes the body
//	shape.go       what a query selects of a list, in its format
//	response.go    304 or the body, with all headers
//	problems.go    or a problem document: the only table from fault.Kind to a status
//	report.go      metrics, trace, audit and access log of the finished request, from its state in state.go
//
// It knows the cache by two methods, and neither Rocket nor Redis.
package handlers
